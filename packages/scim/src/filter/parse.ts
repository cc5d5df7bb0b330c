import { type AttributePath, resolveName, toPath, unknownAttribute } from "../attribute-path.ts";
import { maxFilterCharacters, maxFilterTerms } from "../limits.ts";
import { quoteName } from "../notes.ts";
import {
  type CompiledAttribute,
  findAttribute,
  type ResourceSchema,
  type ResourceType,
  standardSchema,
} from "../schemas/registry.ts";
import { ScimError } from "../scim-error.ts";
import { requireStorable } from "../text.ts";
import type { Filter } from "./filter.ts";
import { isCompareOp, readOperand } from "./operand.ts";
import { invalidFilter, type Token, tokenize } from "./tokenize.ts";

/** What an attribute name in the filter stands for; `attribute` is the last part named. */
type Named = { path: AttributePath; attribute: CompiledAttribute };

/** How names are found: in a resource, or among the parts of one attribute inside brackets. */
type Scope = { find(text: string): Named | undefined; brackets: boolean; describe(text: string): string };

type Cursor = { readonly tokens: readonly Token[]; next: number; terms: number; readonly length: number };

/**
 * Parses a filter; names come out in canonical spelling, and a multi-valued attribute that is compared bare is given
 * its `value` part. `emails[type eq "work"].value eq "x"` becomes one value path.
 *
 * @throws {ScimError} 400 `invalidFilter` for syntax, unknown names and limits; 400 `invalidValue` for bad characters
 * @see RFC 7644 §3.4.2.2
 */
export function parseFilter(
  text: string,
  resourceType: ResourceType,
  schema: ResourceSchema = standardSchema(resourceType),
): Filter {
  return parseWith(text, resourceScope(schema));
}

/**
 * Parses what stands between the brackets of a value path; names are parts of `attribute`.
 *
 * @throws {ScimError} as `parseFilter`
 */
export function parseValueFilter(text: string, attribute: CompiledAttribute): Filter {
  return parseWith(text, elementScope(attribute));
}

function parseWith(text: string, scope: Scope): Filter {
  if (text.length > maxFilterCharacters) {
    throw new ScimError(400, "invalidFilter", `The filter is longer than ${maxFilterCharacters} characters`);
  }
  requireStorable(text, "The filter");
  const cursor: Cursor = { tokens: tokenize(text), next: 0, terms: 0, length: text.length };
  const filter = parseOr(cursor, scope);
  const left = cursor.tokens[cursor.next];
  if (left !== undefined) throw invalidFilter(left.at, "goes on where it should end or continue with and, or");
  return filter;
}

function parseOr(cursor: Cursor, scope: Scope): Filter {
  const first = parseAnd(cursor, scope);
  const operands = [first];
  while (takeWord(cursor, "or")) operands.push(parseAnd(cursor, scope));
  return operands.length === 1 ? first : { kind: "or", operands };
}

function parseAnd(cursor: Cursor, scope: Scope): Filter {
  const first = parseTerm(cursor, scope);
  const operands = [first];
  while (takeWord(cursor, "and")) operands.push(parseTerm(cursor, scope));
  return operands.length === 1 ? first : { kind: "and", operands };
}

function parseTerm(cursor: Cursor, scope: Scope): Filter {
  const token = cursor.tokens[cursor.next];
  if (token?.kind === "(") return parseGroup(cursor, scope);
  if (isWord(token, "not") && cursor.tokens[cursor.next + 1]?.kind === "(") {
    cursor.next += 1;
    return { kind: "not", operand: parseGroup(cursor, scope) };
  }
  const { text, at } = expectWord(cursor, "an attribute name");
  const named = findNamed(scope, text, at);
  if (cursor.tokens[cursor.next]?.kind === "[") return parseValuePath(cursor, scope, named);
  return parseComparison(cursor, named);
}

function parseGroup(cursor: Cursor, scope: Scope): Filter {
  cursor.next += 1;
  const inner = parseOr(cursor, scope);
  expect(cursor, ")");
  return inner;
}

function parseValuePath(cursor: Cursor, scope: Scope, named: Named): Filter {
  const at = cursor.tokens[cursor.next]?.at ?? cursor.length;
  if (!scope.brackets) throw invalidFilter(at, "has brackets inside brackets");
  if (named.path.sub !== undefined || (!named.attribute.multiValued && named.attribute.type !== "complex")) {
    throw invalidFilter(at, "has brackets after an attribute that has no parts to choose by");
  }
  cursor.next += 1;
  const inside = elementScope(named.attribute);
  const filter = parseOr(cursor, inside);
  const close = expect(cursor, "]");
  const after = cursor.tokens[cursor.next];
  if (after?.kind !== "word" || after.at !== close.at + 1 || !after.text.startsWith(".")) {
    return { kind: "valuePath", path: named.path, filter };
  }
  // emails[type eq "work"].value eq "x": the same element must pass both.
  cursor.next += 1;
  const part = findNamed(inside, after.text.slice(1), after.at);
  const comparison = parseComparison(cursor, part);
  return { kind: "valuePath", path: named.path, filter: { kind: "and", operands: [filter, comparison] } };
}

function parseComparison(cursor: Cursor, named: Named): Filter {
  cursor.terms += 1;
  const operator = expectWord(cursor, "an operator");
  if (cursor.terms > maxFilterTerms) throw invalidFilter(operator.at, `has more than ${maxFilterTerms} terms`);
  const op = operator.text.toLowerCase();
  if (op === "pr") return { kind: "present", path: named.path };
  if (!isCompareOp(op)) throw invalidFilter(operator.at, `has ${quoteName(operator.text)} in place of an operator`);
  const token = cursor.tokens[cursor.next];
  if (token === undefined) throw invalidFilter(cursor.length, `ends after ${op}; a value must follow`);
  cursor.next += 1;
  const { path, attribute } = comparedPart(named, operator.at);
  return { kind: "compare", path, op, value: readOperand(attribute, op, token) };
}

/** A bare complex attribute is compared by its `value` part (RFC 7644 §3.4.2.2); one without such a part cannot be. */
function comparedPart(named: Named, at: number): Named {
  if (named.attribute.type !== "complex") return named;
  const value = findAttribute(named.attribute.sub, "value");
  if (value === undefined) throw invalidFilter(at, `must name a part of ${named.attribute.name} to compare`);
  return { path: { ...named.path, sub: value.name }, attribute: value };
}

function resourceScope(schema: ResourceSchema): Scope {
  return {
    brackets: true,
    describe: (text) => unknownAttribute(schema, text),
    find(text) {
      const resolved = resolveName(schema, text);
      if (resolved.kind !== "attribute") return undefined;
      return { path: toPath(resolved), attribute: resolved.sub ?? resolved.attribute };
    },
  };
}

function elementScope(parent: CompiledAttribute): Scope {
  return {
    brackets: false,
    describe: (text) => `${quoteName(text)} is no part of ${parent.name}`,
    find(text) {
      // Elements of a simple multi-valued attribute have no parts; they are called `value`.
      if (parent.type !== "complex") {
        return text.toLowerCase() === "value" ? { path: { name: "value" }, attribute: parent } : undefined;
      }
      const attribute = findAttribute(parent.sub, text);
      return attribute === undefined ? undefined : { path: { name: attribute.name }, attribute };
    },
  };
}

function findNamed(scope: Scope, text: string, at: number): Named {
  const named = scope.find(text);
  if (named === undefined) throw invalidFilter(at, `cannot be read: ${scope.describe(text)}`);
  // A password must not be probed by filters (RFC 7643 §4.1.1).
  if (named.attribute.returned === "never") throw invalidFilter(at, `may not name ${named.attribute.name}`);
  return named;
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === "word" && token.text.toLowerCase() === word;
}

function takeWord(cursor: Cursor, word: string): boolean {
  if (!isWord(cursor.tokens[cursor.next], word)) return false;
  cursor.next += 1;
  return true;
}

function expectWord(cursor: Cursor, what: string): { text: string; at: number } {
  const token = cursor.tokens[cursor.next];
  if (token?.kind !== "word") throw invalidFilter(token?.at ?? cursor.length, `needs ${what}`);
  cursor.next += 1;
  return token;
}

function expect(cursor: Cursor, kind: ")" | "]"): Token {
  const token = cursor.tokens[cursor.next];
  if (token?.kind !== kind) throw invalidFilter(token?.at ?? cursor.length, `needs a closing ${kind}`);
  cursor.next += 1;
  return token;
}
