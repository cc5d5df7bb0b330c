import type { CompareOp } from "@muster/scim";
import { type RawBuilder, type SqlBool, sql } from "kysely";

/** A piece of a statement; values in it are parameters. */
export type Fragment = RawBuilder<unknown>;
/** Holds, or is false or null alike: `not` turns both around, so null never wins over `not` (unlike SQL's own). */
export type Condition = RawBuilder<SqlBool>;

export type TextOp = Exclude<CompareOp, "ne">;
type OrderOp = Exclude<TextOp, "co" | "sw" | "ew">;

/** Never holds. */
export const never: Condition = sql`false`;
/** Always holds. */
export const always: Condition = sql`true`;

/** Holds when the condition is false or null. */
export const not = (condition: Condition): Condition => sql`(${condition}) is not true`;

/** Holds when all of them do. */
export const all = (conditions: readonly Condition[]): Condition => sql`(${sql.join(conditions, sql` and `)})`;

/** Holds when any of them does. */
export const any = (conditions: readonly Condition[]): Condition => sql`(${sql.join(conditions, sql` or `)})`;

/** Tells the operators that order from those that search in text. */
export function isOrderOp(op: TextOp): op is OrderOp {
  return op !== "co" && op !== "sw" && op !== "ew";
}

/** Compares two values of one type by one of the six operators that the database has too. */
export function ordered(op: OrderOp, left: Fragment, right: Fragment): Condition {
  switch (op) {
    case "eq":
      return sql`${left} = ${right}`;
    case "gt":
      return sql`${left} > ${right}`;
    case "ge":
      return sql`${left} >= ${right}`;
    case "lt":
      return sql`${left} < ${right}`;
    case "le":
      return sql`${left} <= ${right}`;
  }
}
