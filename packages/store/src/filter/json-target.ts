import { type AttributePath, type AttributeType, type FilterValue, instantOf } from "@muster/scim";
import { type RawBuilder, sql } from "kysely";
import { compile } from "./compile.ts";
import { type Condition, type Fragment, isOrderOp, never, ordered, type TextOp } from "./condition.ts";
import { compareText, type Leaf } from "./leaf.ts";
import type { Target } from "./target.ts";

/** What is needed of an attribute's schema. */
export type Attribute = {
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly caseExact: boolean;
  readonly sub: ReadonlyMap<string, Attribute>;
};

/** A value among the stored attributes. */
export function jsonLeaf(json: Fragment, attribute: Attribute): Leaf {
  const text = sql`(case when jsonb_typeof(${json}) = 'string' then ${json} #>> '{}' end)`;
  // Milliseconds, or null: what is no time any more, since the schema changed, must not fail the statement.
  const time = sql`muster_instant(${text})`;
  const { caseExact } = attribute;
  return {
    compare(op, value) {
      if (typeof value !== "string") return compareSimple(op, json, value);
      if (attribute.type === "dateTime" && isOrderOp(op)) return compareInstant(op, time, value);
      return compareText(op, { text, caseExact }, value);
    },
    assigned: sql`jsonb_typeof(${json}) <> 'null'`,
    present: isPresent(json),
    sortKey: sortKeyOf(attribute, { json, text, time }),
  };
}

/** Numbers and booleans are compared as JSON, which never fails and tells 1 from "1". */
function compareSimple(op: TextOp, json: Fragment, value: Exclude<FilterValue, null | string>): Condition {
  if (!isOrderOp(op)) return never;
  const wanted =
    typeof value === "number" ? sql`to_jsonb(${String(value)}::numeric)` : sql`to_jsonb(${value}::boolean)`;
  return sql`(jsonb_typeof(${json}) = ${typeof value} and ${ordered(op, json, wanted)})`;
}

function compareInstant(op: TextOp, time: Fragment, value: string): Condition {
  const atMs = instantOf(value);
  return Number.isNaN(atMs) || !isOrderOp(op) ? never : ordered(op, time, sql`${atMs}::bigint`);
}

const isPresent = (json: Fragment): Condition => sql`(jsonb_typeof(${json}) <> 'null' and ${json} <> '""'::jsonb)`;

function sortKeyOf(attribute: Attribute, value: { json: Fragment; text: Fragment; time: Fragment }): Leaf["sortKey"] {
  switch (attribute.type) {
    case "dateTime":
      return { kind: "number", by: sql`${value.time}::numeric` };
    case "integer":
    case "decimal":
      return {
        kind: "number",
        by: sql`(case when jsonb_typeof(${value.json}) = 'number' then (${value.json} #>> '{}')::numeric end)`,
      };
    case "boolean":
      return {
        kind: "number",
        by: sql`(case when jsonb_typeof(${value.json}) = 'boolean' then (${value.json})::boolean::int::numeric end)`,
      };
    case "string":
    case "reference":
    case "binary":
    case "complex":
      return {
        kind: "text",
        by: attribute.caseExact ? sql`${value.text} collate "C"` : sql`muster_fold(${value.text})`,
      };
  }
}

/** An attribute kept as JSON under its name in `container`. A complex one alone means its `value` (RFC 7644 §3.4.2.2). */
export function jsonTarget(container: Fragment, attribute: Attribute, path: AttributePath): Target | undefined {
  const json = sql`(${container} -> ${path.name}::text)`;
  const sub = path.sub ?? (attribute.type === "complex" ? "value" : undefined);
  const part = sub === undefined ? attribute : attribute.sub.get(sub);
  const whole = attribute.type === "complex" && path.sub === undefined;
  const one = !attribute.multiValued && part?.multiValued !== true;
  const anyValue = (passes: (value: Fragment) => Condition): Condition => {
    if (one) return passes(sub === undefined ? json : sql`(${json} -> ${sub}::text)`);
    return sql`exists (select 1 from ${valuesIn(json, sub)} where ${passes(sql`v.v`)})`;
  };
  return {
    compare: (op, value) => (part === undefined ? never : anyValue((json) => jsonLeaf(json, part).compare(op, value))),
    assigned: () => (part === undefined ? never : anyValue((json) => jsonLeaf(json, part).assigned)),
    present: () => (whole ? somePart(json) : anyValue(isPresent)),
    where: (filter) =>
      sql`exists (select 1 from jsonb_path_query(${json}, '$[*]') e(e) where ${compile(filter, partsOf(attribute))})`,
    sortKey() {
      const chosen = attribute.multiValued ? sql`(${primaryOrFirst(json)})` : json;
      const value = sub === undefined ? chosen : sql`(${chosen} -> ${sub}::text)`;
      return jsonLeaf(value, part ?? attribute).sortKey;
    },
  };
}

// In jsonpath's lax mode [*] takes the elements of a list and what is no list as it is; the paths are fixed text.
function valuesIn(json: Fragment, sub: string | undefined): Fragment {
  if (sub === undefined) return sql`jsonb_path_query(${json}, '$[*]') v(v)`;
  return sql`jsonb_path_query(${json}, '$[*]') e(e) cross join lateral jsonb_path_query(e.e -> ${sub}::text, '$[*]') v(v)`;
}

function somePart(json: Fragment): Condition {
  return sql`exists (select 1 from jsonb_path_query(${json}, '$[*].*[*]') v(v) where ${isPresent(sql`v.v`)})`;
}

function primaryOrFirst(json: Fragment): RawBuilder<unknown> {
  return sql`coalesce(jsonb_path_query_first(${json}, '$[*] ? (@.primary == true)'), jsonb_path_query_first(${json}, '$[*]'))`;
}

/** The names inside brackets: the parts of the element `e`; an element without parts is called `value`. */
function partsOf(attribute: Attribute) {
  return ({ name }: AttributePath): Target | undefined => {
    if (attribute.type !== "complex") return elementTarget(attribute);
    const part = attribute.sub.get(name);
    return part === undefined ? undefined : jsonTarget(sql`e.e`, part, { name });
  };
}

function elementTarget(attribute: Attribute): Target {
  const leaf = jsonLeaf(sql`e.e`, attribute);
  return {
    compare: leaf.compare,
    assigned: () => leaf.assigned,
    present: () => leaf.present,
    where: () => never,
    sortKey: () => leaf.sortKey,
  };
}
