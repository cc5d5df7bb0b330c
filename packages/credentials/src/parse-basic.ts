/** Both parts come from us and are short; escapes may triple them, base64 adds a third. */
const MAX_LENGTH = 1024;
const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})[ \t]*$/i;

export type BasicCredential = { clientId: string; clientSecret: string };

/**
 * Takes a client's id and secret out of a Basic Authorization header, or null for all that is not exactly one. Both are
 * form-urlencoded inside (RFC 6749 §2.3.1), which changes nothing in ours.
 */
export function parseBasic(header: string | undefined): BasicCredential | null {
  if (header === undefined || header.length > MAX_LENGTH) return null;
  const encoded = BASIC.exec(header)?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 1) return null;
  const clientId = decoded(text.slice(0, colon));
  const clientSecret = decoded(text.slice(colon + 1));
  return clientId === null || clientSecret === null ? null : { clientId, clientSecret };
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part.replaceAll("+", " "));
  } catch {
    return null;
  }
}
