// red: promises outbound-guard
export const load = (): Promise<unknown> => globalThis.fetch("https://example.com");
