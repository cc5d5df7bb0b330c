import type { AttributePath, Filter, FilterValue } from "@muster/scim";
import { ScimError } from "@muster/scim";
import { type Condition, not, type TextOp } from "./condition.ts";
import type { Leaf, SortKey } from "./leaf.ts";

/** What an attribute path stands for in SQL: no value, one, or several, of which any may pass. */
export type Target = {
  compare(op: TextOp, value: Exclude<FilterValue, null>): Condition;
  assigned(): Condition;
  present(): Condition;
  /** Any element that passes the filter between the brackets, whose names are those of the element's parts. */
  where(filter: Filter): Condition;
  /** The value that resources are sorted by: the only one, the primary one, or the first. */
  sortKey(): SortKey;
};

/** Finds what a path stands for; what no schema has, and what has no value part, is undefined and passes nothing. */
export type FindTarget = (path: AttributePath) => Target | undefined;

/** Refuses a filter that is well formed and not served. */
export function notServed(what: string): ScimError {
  return new ScimError(400, "invalidFilter", `${what} is not served in list filters; leave it out`);
}

/** The target of a simple attribute with one value. */
export function leafTarget(leaf: Leaf): Target {
  return {
    compare: leaf.compare,
    assigned: () => leaf.assigned,
    present: () => leaf.present,
    where() {
      throw notServed("A filter in brackets after an attribute without parts");
    },
    sortKey: () => leaf.sortKey,
  };
}

/** Compares as the evaluator does: null asks for no value at all, and `ne` is exactly "not eq". */
export function compareTarget(
  target: Target,
  { op, value }: Pick<Extract<Filter, { kind: "compare" }>, "op" | "value">,
): Condition {
  if (value === null) return op === "eq" ? not(target.assigned()) : target.assigned();
  return op === "ne" ? not(target.compare("eq", value)) : target.compare(op, value);
}
