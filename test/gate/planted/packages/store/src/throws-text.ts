// red: lint style/useThrowOnlyError
export function fail(): never {
  throw "text";
}
