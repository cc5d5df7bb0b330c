/** Longer than any key that we issue or that an operator would choose, far below the header limit. */
const MAX_CREDENTIAL_LENGTH = 4096;
const BEARER = /^bearer +([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)[ \t]*$/i;
const SECOND_CREDENTIAL = /(?:^|[, ])bearer(?: |$)/i;

/**
 * Takes the credential out of an Authorization header, or null for all that is not exactly one Bearer credential:
 * absent, empty, blank, repeated, another scheme, unprintable, oversized (V15, RFC 6750 §2.1). The scheme is
 * case-insensitive (RFC 9110 §11.1). Wider than RFC 6750's token alphabet, for keys that an operator chose.
 */
export function parseBearer(header: string | undefined): string | null {
  if (header === undefined || header.length > MAX_CREDENTIAL_LENGTH + 16) {
    return null;
  }
  const credential = BEARER.exec(header)?.[1];
  if (credential === undefined || credential.length > MAX_CREDENTIAL_LENGTH || SECOND_CREDENTIAL.test(credential)) {
    return null;
  }
  return credential;
}
