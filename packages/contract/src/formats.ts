// Header names (RFC 9110 section 5.1) that belong to the message or the connection, or that we set ourselves: a credential under
// one of these would change how the request is read. All of Content-*, Proxy-* and Sec-* likewise.
const TAKEN_HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "connection",
  "date",
  "expect",
  "host",
  "if-match",
  "if-none-match",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "via",
]);
const TAKEN_PREFIX = /^(?:content|proxy|sec)-/;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

/** Whether a header of this name may carry an app's credential. */
export function isCredentialHeader(value: string): boolean {
  const lower = value.toLowerCase();
  return HEADER_NAME.test(value) && !TAKEN_HEADERS.has(lower) && !TAKEN_PREFIX.test(lower);
}

// The URL parser repairs a great deal (a missing slash, backslashes, tabs inside); what it would repair is refused first, so that
// the text that was checked is the text that is dialled.
const PLAIN_URL = /^https?:\/\/[^\s\\/?#@]+(?:\/[^\s\\?#]*)?$/i;

/** Whether this is an absolute http or https URL without user name, password, query or fragment. */
export function isBaseUrl(value: string): boolean {
  if (!PLAIN_URL.test(value) || !value.isWellFormed() || !URL.canParse(value)) return false;
  const url = new URL(value);
  return url.username === "" && url.password === "";
}

/** Whether this is where something can be sent to: as a base URL, and a query may follow. */
export function isEndpointUrl(value: string): boolean {
  const [base = "", query = "", ...more] = value.split("?");
  return isBaseUrl(base) && more.length === 0 && /^[!-~]*$/.test(query) && !query.includes("#");
}
