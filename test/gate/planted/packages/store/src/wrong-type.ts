// red: types TS2322
export const floor: string = 1;
