const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Counts the members of all objects in JSON text; undefined when it opens more than `maxDepth` arrays and objects inside
 * each other. It reads bytes and keeps numbers, so that a depth bomb is refused before any parser builds it (V42).
 */
export function countMembers(json: Uint8Array, maxDepth: number): number | undefined {
  let depth = 0;
  let members = 0;
  let isInString = false;
  for (let index = 0; index < json.length; index += 1) {
    const byte = json[index];
    if (isInString) {
      if (byte === BACKSLASH) {
        index += 1;
      } else if (byte === QUOTE) {
        isInString = false;
      }
    } else if (byte === QUOTE) {
      isInString = true;
    } else if (byte === COLON) {
      members += 1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      if (depth > maxDepth) {
        return undefined;
      }
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
    }
  }
  return members;
}

/** Counts the members that are left of all objects once JSON text was parsed: fewer than were written when names repeat. */
export function countKept(parsed: unknown): number {
  if (typeof parsed !== "object" || parsed === null) {
    return 0;
  }
  const values: unknown[] = Object.values(parsed);
  let members = Array.isArray(parsed) ? 0 : values.length;
  for (const value of values) {
    members += countKept(value);
  }
  return members;
}

const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/gs;

/** The first name that one object of valid JSON text has twice, however it is escaped; undefined when there is none. */
export function findRepeatedName(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, colon] of text.matchAll(TOKEN)) {
    if (token === "{") {
      open.push(new Set());
    } else if (token === "}") {
      open.pop();
    } else if (colon !== undefined) {
      const written = token.slice(0, -colon.length);
      const name = written.includes("\\") ? String(JSON.parse(written)) : written.slice(1, -1);
      const names = open.at(-1);
      if (names?.has(name) === true) {
        return name;
      }
      names?.add(name);
    }
  }
  return undefined;
}
