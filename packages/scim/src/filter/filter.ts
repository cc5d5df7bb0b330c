import type { AttributePath } from "../attribute-path.ts";

export type CompareOp = "eq" | "ne" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le";

export type FilterValue = string | number | boolean | null;

/** A filter of RFC 7644 §3.4.2.2; `and` and `or` have two operands or more. */
export type Filter =
  | { kind: "compare"; path: AttributePath; op: CompareOp; value: FilterValue }
  | { kind: "present"; path: AttributePath }
  | { kind: "and"; operands: Filter[] }
  | { kind: "or"; operands: Filter[] }
  | { kind: "not"; operand: Filter }
  | { kind: "valuePath"; path: AttributePath; filter: Filter };

/** Counts the comparisons in a filter. */
export function countTerms(filter: Filter): number {
  switch (filter.kind) {
    case "compare":
    case "present":
      return 1;
    case "and":
    case "or":
      return filter.operands.reduce((sum, operand) => sum + countTerms(operand), 0);
    case "not":
      return countTerms(filter.operand);
    case "valuePath":
      return countTerms(filter.filter);
  }
}
