import { badRequest } from "./scim-failure.ts";

/** One comparison of a filter: `attribute eq value`, the attribute in lower case. */
export type EqTerm = { attribute: string; value: string | boolean };

const TERM = /\s*([A-Za-z][\w.:$-]*)\s+([A-Za-z]+)\s+("(?:[^"\\]|\\.)*"|true|false)\s*/y;
const AND = /and\s/iy;
const MAX_FILTER_LENGTH = 1_024;

/**
 * Parses the small filter language the sample app knows: `eq` comparisons joined by `and` (RFC 7644 §3.4.2.2).
 *
 * @throws {ScimFailure} 400 `invalidFilter` for anything else; a filter is never taken for "no filter"
 */
export function parseEqFilter(text: string): EqTerm[] {
  if (text.length > MAX_FILTER_LENGTH) throw badRequest("invalidFilter", "the filter is too long");
  const terms: EqTerm[] = [];
  let position = 0;
  for (;;) {
    TERM.lastIndex = position;
    const match = TERM.exec(text);
    if (match === null) throw badRequest("invalidFilter", `cannot read the filter at position ${position}: ${text}`);
    const [, attribute = "", operator = "", literal = ""] = match;
    if (operator.toLowerCase() !== "eq") {
      throw badRequest("invalidFilter", `this app compares with "eq" only, not with "${operator}"`);
    }
    terms.push({ attribute: attribute.toLowerCase(), value: parseLiteral(literal) });
    position = TERM.lastIndex;
    if (position === text.length) return terms;
    AND.lastIndex = position;
    if (!AND.test(text)) throw badRequest("invalidFilter", `this app joins comparisons with "and" only: ${text}`);
    position = AND.lastIndex;
  }
}

function parseLiteral(literal: string): string | boolean {
  try {
    return JSON.parse(literal) as string | boolean;
  } catch (cause) {
    throw badRequest("invalidFilter", `${literal} is not a JSON string`, cause);
  }
}
