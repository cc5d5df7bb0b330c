import { type FilterValue, foldCase, instantOf } from "@muster/scim";
import { sql } from "kysely";
import { isOwnId } from "../own-id.ts";
import { afterPrefix } from "./after-prefix.ts";
import { type Condition, type Fragment, isOrderOp, never, ordered, type TextOp } from "./condition.ts";

/** What orders resources by a leaf: texts by code point, times and numbers as numbers. */
export type SortKey = { kind: "text" | "number"; by: Fragment };

/** One value that is there or not. */
export type Leaf = {
  compare(op: TextOp, value: Exclude<FilterValue, null>): Condition;
  /** Has a value at all: what comparing with null asks. */
  assigned: Condition;
  /** Has a value that is not empty: what `pr` asks. */
  present: Condition;
  sortKey: SortKey;
};

/** A text, and how it is compared: as it is, by a key that the gateway folded, or folded by the database. */
export type Text = { text: Fragment; caseExact: boolean; key?: Fragment };

/** A leaf that is text. */
export function textLeaf(source: Text): Leaf {
  const { text, key, caseExact } = source;
  return {
    compare: (op, value) => (typeof value === "string" ? compareText(op, source, value) : never),
    assigned: sql`${text} is not null`,
    present: sql`${text} <> ''`,
    sortKey: { kind: "text", by: key ?? (caseExact ? sql`${text} collate "C"` : sql`muster_fold(${text})`) },
  };
}

/** Compares text by code point, without regard to case unless it is caseExact. */
export function compareText(op: TextOp, { text, key, caseExact }: Text, value: string): Condition {
  if (caseExact) return searchText(op, text, sql`${value}::text`);
  if (key === undefined) return searchText(op, sql`muster_fold(${text})`, sql`muster_fold(${value}::text)`);
  const folded = foldCase(value);
  // The index knows order only: what begins with "x" stands from "x" up to the first text that no longer does.
  return op === "sw" ? prefixRange(key, folded) : searchText(op, key, sql`${folded}::text`);
}

/** Holds for texts in code point order that begin with a prefix. */
export function prefixRange(key: Fragment, prefix: string): Condition {
  const end = afterPrefix(prefix);
  if (end === undefined) return sql`${key} >= ${prefix}::text`;
  return sql`(${key} >= ${prefix}::text and ${key} < ${end}::text)`;
}

// No LIKE and no regular expressions: nothing in what was asked for has a meaning of its own.
function searchText(op: TextOp, subject: Fragment, wanted: Fragment): Condition {
  if (op === "co") return sql`strpos(${subject}, ${wanted}) > 0`;
  if (op === "sw") return sql`starts_with(${subject}, ${wanted})`;
  if (op === "ew") return sql`right(${subject}, length(${wanted})) = ${wanted}`;
  // Equality needs no order, and named it would keep an index in another order from being used.
  return op === "eq" ? sql`${subject} = ${wanted}` : ordered(op, sql`(${subject}) collate "C"`, wanted);
}

/** An id of ours: as a uuid wherever the text asked for is one, since that is what indexes hold. */
export function idLeaf(id: Fragment): Leaf {
  const text = textLeaf({ text: sql`${id}::text`, caseExact: true });
  return {
    ...text,
    compare(op, value) {
      if (typeof value !== "string") return never;
      if (isOrderOp(op) && isOwnId(value)) return ordered(op, id, sql`${value}::uuid`);
      return op === "eq" ? never : text.compare(op, value);
    },
    present: sql`${id} is not null`,
  };
}

/** A boolean column that always has a value. */
export function booleanLeaf(column: Fragment): Leaf {
  return {
    compare: (op, value) => (typeof value === "boolean" && op === "eq" ? sql`${column} = ${value}::boolean` : never),
    assigned: sql`true`,
    present: sql`true`,
    sortKey: { kind: "number", by: sql`(${column})::int::numeric` },
  };
}

/** A time of the database; resources show it in whole milliseconds, so it is compared as if it had no more. */
export function timeLeaf(column: Fragment): Leaf {
  const shown = sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  return {
    compare(op, value) {
      if (typeof value !== "string") return never;
      return isOrderOp(op) ? compareTime(op, column, value) : compareText(op, { text: shown, caseExact: false }, value);
    },
    assigned: sql`true`,
    present: sql`true`,
    sortKey: { kind: "number", by: sql`extract(epoch from ${column})` },
  };
}

/** Compares a time with the one asked for, both cut to milliseconds; a text that is no time is never equal to one. */
function compareTime(op: TextOp, time: Fragment, value: string): Condition {
  const atMs = instantOf(value);
  if (Number.isNaN(atMs)) return never;
  const at = sql`${instant(atMs)}::timestamptz`;
  const next = sql`${instant(atMs + 1)}::timestamptz`;
  switch (op) {
    case "eq":
      return sql`(${time} >= ${at} and ${time} < ${next})`;
    case "gt":
      return sql`${time} >= ${next}`;
    case "ge":
      return sql`${time} >= ${at}`;
    case "lt":
      return sql`${time} < ${at}`;
    case "le":
      return sql`${time} < ${next}`;
    case "co":
    case "sw":
    case "ew":
      return never;
  }
}

const FIRST_MS = Date.parse("0001-01-01T00:00:00Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** Beyond the years that a stored time can have, before or after all of them. */
function instant(atMs: number): string {
  if (atMs < FIRST_MS) return "-infinity";
  return atMs > LAST_MS ? "infinity" : new Date(atMs).toISOString();
}

/** A part that resources of this kind never show. */
export const absentLeaf: Leaf = {
  compare: () => never,
  assigned: never,
  present: never,
  sortKey: { kind: "text", by: sql`null::text` },
};
