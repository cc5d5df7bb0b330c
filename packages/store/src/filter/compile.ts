import type { Filter } from "@muster/scim";
import { all, any, type Condition, never, not } from "./condition.ts";
import { compareTarget, type FindTarget } from "./target.ts";

/** Compiles a filter whose names `find` knows: those of a resource, or of the parts of one element. */
export function compile(filter: Filter, find: FindTarget): Condition {
  switch (filter.kind) {
    case "and":
      return all(filter.operands.map((operand) => compile(operand, find)));
    case "or":
      return any(filter.operands.map((operand) => compile(operand, find)));
    case "not":
      return not(compile(filter.operand, find));
    case "present":
      return find(filter.path)?.present() ?? never;
    case "valuePath":
      return find(filter.path)?.where(filter.filter) ?? never;
    case "compare": {
      const target = find(filter.path);
      return target === undefined ? never : compareTarget(target, filter);
    }
  }
}
