// red: lint suspicious/noExplicitAny
export function first(value: any): unknown {
  return value;
}
