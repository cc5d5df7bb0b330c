// red: promises no-floating-promises
declare const query: { execute(): PromiseLike<number> };

export function forget(): void {
  query.execute();
}
