/** A piece of a secret as long as this is as bad as the whole: apps like to echo tokens cut short. */
const TELLING_LENGTH = 12;
const MAX_SCANNED = 64 * 1024;
const MARK = "[redacted]";

/** Makes the function that turns a target's text into one that may be stored and shown (V71): secrets out, one line, capped. */
export function createRedactor(
  secrets: readonly string[],
  maxLength = 500,
): (text: string, more?: readonly string[]) => string {
  const known = secrets.flatMap(spellings);
  return (text, more = []) => {
    const clean = redact(
      text.slice(0, MAX_SCANNED),
      more.length === 0 ? known : [...known, ...more.flatMap(spellings)],
    );
    const line = escapeControls(clean.replace(/[ \t\r\n]+/g, " ").trim());
    return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line;
  };
}

/** The ways in which an echo may be written: JSON, PHP's JSON, URL, form, HTML, base64. */
function spellings(secret: string): string[] {
  if (secret === "") return [];
  const json = JSON.stringify(secret).slice(1, -1);
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  const all = [
    secret,
    json,
    json.replaceAll("/", "\\/"),
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams({ secret }).toString().slice("secret=".length),
    secret.replace(/[&<>"']/g, (character) => entities[character] ?? character),
    Buffer.from(secret).toString("base64"),
  ];
  return [...new Set(all)];
}

/** Replaces every beginning of a spelling that is long enough to tell, together with as much of the rest as follows it. */
function redact(text: string, spelled: readonly string[]): string {
  if (spelled.length === 0) return text;
  const heads = new Set(spelled.map((spelling) => escapePattern(spelling.slice(0, TELLING_LENGTH))));
  const pattern = new RegExp([...heads].toSorted((a, b) => b.length - a.length).join("|"), "g");
  let result = "";
  let from = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const at = match.index;
    result += text.slice(from, at) + MARK;
    from = at + Math.max(match[0].length, ...spelled.map((spelling) => commonLength(text, at, spelling)));
    pattern.lastIndex = from;
  }
  return result + text.slice(from);
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function commonLength(text: string, at: number, spelling: string): number {
  let length = 0;
  while (length < spelling.length && text[at + length] === spelling[length]) length += 1;
  return length;
}

/** Controls, bidirectional marks and invisible characters could rewrite a terminal or turn the text around on a page. */
function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
