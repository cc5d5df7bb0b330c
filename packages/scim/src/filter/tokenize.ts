import { maxFilterDepth } from "../limits.ts";
import { ScimError } from "../scim-error.ts";

export type Token =
  | { kind: "(" | ")" | "[" | "]"; at: number }
  | { kind: "string"; value: string; at: number }
  | { kind: "word"; text: string; at: number };

/**
 * Cuts a filter into tokens in one pass. Nesting is counted here, while scanning, so that nothing deep ever reaches
 * the parser, whatever else is wrong with the text (V36, V37).
 *
 * @throws {ScimError} 400 `invalidFilter`
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? "";
    if (character === " ") {
      at += 1;
    } else if (character === "(" || character === "[" || character === ")" || character === "]") {
      depth += character === "(" || character === "[" ? 1 : -1;
      if (depth > maxFilterDepth) throw invalidFilter(at, `nests deeper than ${maxFilterDepth} levels`);
      tokens.push({ kind: character, at });
      at += 1;
    } else if (character === '"') {
      const end = endOfString(text, at);
      tokens.push({ kind: "string", value: readString(text.slice(at, end), at), at });
      at = end;
    } else {
      const end = endOfWord(text, at);
      tokens.push({ kind: "word", text: text.slice(at, end), at });
      at = end;
    }
  }
  return tokens;
}

/** Makes the error for a fault at a place in the filter, counted from 1. */
export function invalidFilter(at: number, fault: string, cause?: unknown): ScimError {
  return new ScimError(400, "invalidFilter", `The filter ${fault} (at character ${at + 1})`, { cause });
}

/** Finds the place after the closing quotation mark of the string that starts at `start`. */
export function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at + 1;
  }
  throw invalidFilter(start, "has a string without a closing quotation mark");
}

function endOfWord(text: string, start: number): number {
  let end = start;
  while (end < text.length && !' ()[]"'.includes(text[end] ?? "")) end += 1;
  return end;
}

function readString(literal: string, at: number): string {
  try {
    const value: unknown = JSON.parse(literal);
    if (typeof value === "string") return value;
  } catch (cause) {
    throw invalidFilter(at, "has a string that is not JSON", cause);
  }
  throw invalidFilter(at, "has a string that is not JSON");
}
