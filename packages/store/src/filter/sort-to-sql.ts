import { ScimError, type Sort } from "@muster/scim";
import { sql } from "kysely";
import type { Condition, Fragment } from "./condition.ts";
import { type CompileScope, findTarget } from "./filter-to-sql.ts";

/** Where a walk along an order stands: the sort value and the id of the last resource shown. */
export type Place = { value: string | null; after: string };

/**
 * An order of the rows aliased `r`. With `unique` no two rows share a value and none is without, so that an index of that
 * column alone gives the order; otherwise `r.id` breaks ties.
 */
export type Order = {
  by: Fragment;
  kind: "text" | "number";
  descending: boolean;
  unique: { column: Fragment; name: "id" | "user_name_key" | "display_name_key" } | null;
};

/** Text beyond this does not order: a cursor carries the value, and addresses must stay short. */
const SORTED_CHARACTERS = 256;

const BY_ID: Order = { by: sql`r.id`, kind: "text", descending: false, unique: { column: sql`r.id`, name: "id" } };

/**
 * Compiles an order: without one, by id, which is the order of arrival.
 *
 * @see RFC 7644 §3.4.2.3
 */
export function sortToSql(sort: Sort | null, scope: CompileScope): Order {
  if (sort === null) return BY_ID;
  const descending = sort.order === "descending";
  const { path } = sort;
  if (path.urn === undefined && path.sub === undefined) {
    if (path.name === "id") return { ...BY_ID, descending };
    const key = scope.schema.resourceType === "User" ? "userName" : "displayName";
    if (path.name === key) {
      const [column, name] =
        key === "userName"
          ? ([sql`r.user_name_key`, "user_name_key"] as const)
          : ([sql`r.display_name_key`, "display_name_key"] as const);
      return { by: column, kind: "text", descending, unique: { column, name } };
    }
  }
  const target = findTarget(path, scope);
  if (target === undefined) throw new ScimError(400, "invalidValue", "sortBy names no attribute of these resources");
  const { kind, by } = target.sortKey();
  return { by: kind === "text" ? sql`left(${by}, ${SORTED_CHARACTERS})` : by, kind, descending, unique: null };
}

/** Orders as the standard says: whoever has no value comes last, in descending order first. */
export function orderBy(order: Order, value: Fragment, id: Fragment): Fragment {
  const sorted = order.descending ? sql`${value} desc nulls first` : sql`${value} asc nulls last`;
  return order.unique === null ? sql`${sorted}, ${id}` : sorted;
}

/** Holds for rows that come after a place. */
export function isAfter(order: Order, { value, after }: Place): Condition {
  const { by, descending, unique } = order;
  if (unique?.name === "id") return descending ? sql`r.id < ${after}::uuid` : sql`r.id > ${after}::uuid`;
  const later = sql`r.id > ${after}::uuid`;
  if (value === null) {
    // Those without a value are the last of all, or the first.
    return descending ? sql`((${by} is null and ${later}) or ${by} is not null)` : sql`(${by} is null and ${later})`;
  }
  const at = order.kind === "text" ? sql`${value}::text` : sql`${value}::numeric`;
  if (unique !== null) return descending ? sql`${by} < ${at}` : sql`${by} > ${at}`;
  const beyond = descending ? sql`${by} < ${at}` : sql`(${by} > ${at} or ${by} is null)`;
  return sql`(${beyond} or (${by} = ${at} and ${later}))`;
}
