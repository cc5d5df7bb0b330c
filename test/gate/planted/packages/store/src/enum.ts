// red: types TS1294
export enum Floor {
  Ground = 0,
}
