// red: promises no-misused-promises
declare function mayEnter(): Promise<boolean>;

export function enter(): string {
  return mayEnter() ? "in" : "out";
}
