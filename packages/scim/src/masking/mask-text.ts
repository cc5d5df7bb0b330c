import { isKnownName, type KnownNames } from "./known-names.ts";

// Values that say nothing of a person: canonical types of RFC 7643 §4.1.2 and §4.2 and words of the protocol. By the word,
// not by the attribute, so that `type` with a private word in it is masked.
const PUBLIC_WORDS = new Set(
  `work home other mobile fax pager photo thumbnail user group direct indirect true false
  aim gtalk icq xmpp msn skype qq yahoo ascending descending add replace remove get post put patch delete`.split(/\s+/),
);
const ENDPOINTS = new Set(
  "Users Groups Me Bulk ServiceProviderConfig ResourceTypes Schemas .search User Group".split(" "),
);
const OPERATORS = new Set("eq ne co sw ew gt ge lt le pr and or not".split(" "));
const COMPARISONS = new Set("eq ne co sw ew gt ge lt le".split(" "));

// Ids that this gateway makes are uuids of version 7 in lower case; other people's ids, Entra's among them, are not.
const OWN_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const SCHEMA_URI = /^(?:urn:|https?:\/\/)[A-Za-z0-9][A-Za-z0-9:._/-]{0,180}$/;
/** More of one expression is not read: 20 clauses fit. */
const MAX_EXPRESSION = 1_000;

/** What stands where a value was: its kind and length, such as `text(12)`. */
export function maskOf(text: string): string {
  return `${text.includes("@") ? "email" : "text"}(${text.length})`;
}

/** Tells whether a value is a word that says nothing of a person, such as "work" or "False". */
export function isPublicWord(text: string): boolean {
  return text.length <= 10 && PUBLIC_WORDS.has(text.toLowerCase());
}

/** Tells whether a text has the form of an id that this gateway made. */
export function isOwnForm(text: string): boolean {
  return text.length === 36 && OWN_ID.test(text);
}

/** Tells whether a text has the form of a schema's URI and is short enough to be one. */
export function isSchemaUri(text: string): boolean {
  return text.length <= 200 && SCHEMA_URI.test(text);
}

// A string literal (closed or not), a run of name characters, or one other character.
const TOKEN = /"(?:[^"\\]|\\.)*"?|[A-Za-z0-9_$.:-]+|\s+|./gs;

/**
 * Masks a filter, an attribute path or a list of attribute names: known names, operators, brackets and public words stay,
 * every literal and every other word becomes its kind and length. One pass over at most 1,000 characters, right or malformed.
 */
export function maskExpression(text: string, names: KnownNames): string {
  const read = text.slice(0, MAX_EXPRESSION);
  let masked = "";
  let isValue = false;
  for (const [token] of read.matchAll(TOKEN)) {
    if (/^\s/.test(token)) masked += " ";
    else if (token.startsWith('"')) {
      masked += maskLiteral(token);
      isValue = false;
    } else if (/^[A-Za-z0-9_$.:-]/.test(token)) {
      const word = token.toLowerCase();
      masked += isValue ? maskBare(token) : OPERATORS.has(word) || isKnownPath(token, names) ? token : maskOf(token);
      isValue = !isValue && COMPARISONS.has(word);
    } else masked += "[](),".includes(token) ? token : "?";
  }
  // Masks can be longer than what they stand for.
  const shown = masked.slice(0, MAX_EXPRESSION);
  return text.length > MAX_EXPRESSION || shown !== masked ? `${shown} and more` : shown;
}

function maskLiteral(token: string): string {
  const inner = token.slice(1, token.length > 1 && token.endsWith('"') ? -1 : undefined);
  return isPublicWord(inner) || isOwnForm(inner) ? `"${inner}"` : `"${maskOf(inner)}"`;
}

function maskBare(token: string): string {
  if (isPublicWord(token) || token === "null") return token;
  return /^-?\d[\d.]*$/.test(token) ? "number" : maskOf(token);
}

/** `name.givenName`, `.value`, or a name behind the URN of its schema. */
function isKnownPath(path: string, names: KnownNames): boolean {
  if (isKnownName(names, path)) return true;
  const colon = path.lastIndexOf(":");
  if (colon !== -1 && !isKnownName(names, path.slice(0, colon))) return false;
  const parts = path.slice(colon + 1).split(".", 4);
  return parts.length < 4 && parts.every((part, at) => (part === "" ? at === 0 : isKnownName(names, part)));
}

/** Masks the path of a request target, below its directory: endpoints, schema URIs and our own ids stay. */
export function maskPath(path: string): string {
  const segments = path.split("/").filter((segment) => segment !== "");
  const shown = segments.slice(0, 4).map((segment) => {
    const isPublic =
      ENDPOINTS.has(segment) || isOwnForm(segment) || (segment.startsWith("urn:") && isSchemaUri(segment));
    return isPublic ? segment : maskOf(segment);
  });
  return `/${shown.join("/")}${segments.length > 4 ? "/..." : ""}`;
}

const EXPRESSIONS = new Set(["filter", "attributes", "excludedAttributes", "sortBy"]);
const NUMBERS = new Set(["startIndex", "count"]);
const MAX_PARAMETERS = 10;
const MAX_QUERY = 2_000;

/** Masks a query: parameters that SCIM knows keep their names, operators and numbers; of the others only the length is told. */
export function maskQuery(query: string, names: KnownNames): string {
  if (query === "") return "";
  const parts = query.slice(0, MAX_QUERY).split("&", MAX_PARAMETERS + 1);
  const shown = parts.slice(0, MAX_PARAMETERS).map((part) => {
    const equals = part.indexOf("=");
    const name = equals === -1 ? part : part.slice(0, equals);
    const value = equals === -1 ? "" : decode(part.slice(equals + 1));
    if (EXPRESSIONS.has(name)) return `${name}=${maskExpression(value, names)}`;
    if (NUMBERS.has(name)) return `${name}=${/^-?\d{1,9}$/.test(value) ? value : maskOf(value)}`;
    if (name === "sortOrder" && isPublicWord(value)) return `${name}=${value}`;
    if (name === "cursor") return `${name}=${maskOf(value)}`;
    return part === "" ? "" : maskOf(part);
  });
  return `?${shown.join("&")}${parts.length > MAX_PARAMETERS || query.length > MAX_QUERY ? "&..." : ""}`;
}

function decode(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

const MAX_DETAIL = 500;

/**
 * Masks the detail of an error: what it quotes stays only if it is a known name, a path or an operator. With more than one
 * quotation everything from the first mark to the last goes, since a quoted value may hold marks of its own.
 */
export function maskDetail(detail: string, names: KnownNames): string {
  const first = detail.indexOf('"');
  if (first === -1) return detail.slice(0, MAX_DETAIL);
  const last = detail.lastIndexOf('"');
  // A quotation that was never closed goes to the end.
  const end = last === first ? detail.length : last;
  const quoted = detail.slice(first + 1, end);
  const shown = !quoted.includes('"') && isPublic(quoted, names) ? quoted : maskOf(quoted);
  return `${detail.slice(0, first)}"${shown}"${detail.slice(end + 1)}`.slice(0, MAX_DETAIL);
}

function isPublic(text: string, names: KnownNames): boolean {
  return text.startsWith("/") ? maskPath(text) === text : maskExpression(text, names) === text;
}
