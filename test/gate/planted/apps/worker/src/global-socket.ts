// red: lint style/noRestrictedGlobals
export function open(): unknown {
  return new WebSocket("wss://example.com");
}
