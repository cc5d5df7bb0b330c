// red: promises no-unsafe-assignment
export function parse(text: string): string {
  const parsed: string = JSON.parse(text);
  return parsed;
}
