// red: types TS2322
export function first(values: string[]): string {
  return values[0];
}
