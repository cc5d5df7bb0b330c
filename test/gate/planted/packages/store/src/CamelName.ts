// red: lint style/useFilenamingConvention
export const floor = 1;
