import { isDateTime } from "../date-time.ts";
import type { CompiledAttribute } from "../schemas/registry.ts";
import { requireStorable } from "../text.ts";
import type { CompareOp, FilterValue } from "./filter.ts";
import { invalidFilter, type Token } from "./tokenize.ts";

const compareOps: ReadonlySet<string> = new Set(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]);
const textOps: ReadonlySet<string> = new Set(["co", "sw", "ew"]);

/** Tells whether a lower-case word is a comparison operator. */
export function isCompareOp(word: string): word is CompareOp {
  return compareOps.has(word);
}

/**
 * Reads the value after an operator and checks that it fits the attribute's type.
 *
 * @throws {ScimError} 400 `invalidFilter`
 */
export function readOperand(attribute: CompiledAttribute, op: CompareOp, token: Token): FilterValue {
  const value = readLiteral(token);
  const { name, type } = attribute;
  if (value === null) {
    if (op === "eq" || op === "ne") return null;
    throw invalidFilter(token.at, `compares ${name} with null; only eq and ne can`);
  }
  switch (type) {
    case "boolean":
      return readBoolean(name, op, value, token.at);
    case "decimal":
    case "integer":
      if (typeof value === "number" && !textOps.has(op)) return value;
      throw invalidFilter(token.at, `must compare ${name} with a number, and not by co, sw or ew`);
    case "dateTime":
      if (typeof value === "string" && (textOps.has(op) || isDateTime(value))) return value;
      // A bare date is the moment at which it begins.
      if (typeof value === "string" && isDateTime(`${value}T00:00:00Z`)) return `${value}T00:00:00Z`;
      throw invalidFilter(token.at, `must compare ${name} with a date and time such as "2030-01-31T12:00:00Z"`);
    case "binary":
    case "string":
    case "reference":
    case "complex":
      if (typeof value === "string") return value;
      throw invalidFilter(token.at, `must compare ${name} with a string in quotation marks`);
  }
}

function readLiteral(token: Token): FilterValue {
  if (token.kind === "string") {
    requireStorable(token.value, "The filter");
    return token.value;
  }
  if (token.kind === "word") {
    const word = token.text.toLowerCase();
    if (word === "true") return true;
    if (word === "false") return false;
    if (word === "null") return null;
    if (/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/.test(word) && Number.isFinite(Number(word))) return Number(word);
  }
  throw invalidFilter(token.at, "needs a value here: a string in quotation marks, a number, true, false or null");
}

/** Booleans come as strings too, in any case: Entra sends `roles[primary eq "True"]`. */
function readBoolean(name: string, op: CompareOp, value: FilterValue, at: number): boolean {
  if (op !== "eq" && op !== "ne") throw invalidFilter(at, `can compare ${name} by eq and ne only`);
  if (typeof value === "boolean") return value;
  const text = typeof value === "string" ? value.toLowerCase() : "";
  if (text === "true" || text === "false") return text === "true";
  throw invalidFilter(at, `must compare ${name} with true or false`);
}
