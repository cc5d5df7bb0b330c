// legal
export function load(): Promise<unknown> {
  return fetch("https://example.com");
}
