import type { AttributePath, Filter, FilterValue, ResourceSchema } from "@muster/scim";
import { foldCase, groupSchema, ScimError, userSchema } from "@muster/scim";
import { type RawBuilder, type SqlBool, sql } from "kysely";
import { isOwnId } from "./own-id.ts";

type Condition = RawBuilder<SqlBool>;
type Column = (value: FilterValue) => Condition;
type Resource = { schema: ResourceSchema; columns: Readonly<Record<string, Column>> };

// Attributes reach SQL by this table or as a parameter of the JSON operators, never as text of the statement (V85).
const text = (value: FilterValue): string => (typeof value === "string" ? value : String(value));
const uuid = (value: FilterValue): Condition =>
  typeof value === "string" && isOwnId(value) ? sql`r.id = ${value}` : sql`false`;
const folded =
  (column: string): Column =>
  (value) =>
    typeof value === "string" ? sql`${sql.ref(column)} = ${foldCase(value)}` : sql`false`;
const externalId: Column = (value) =>
  value === null ? sql`r.external_id is null` : sql`r.external_id = ${text(value)}`;

const USER: Resource = {
  schema: userSchema,
  columns: {
    id: uuid,
    userName: folded("r.user_name_key"),
    externalId,
    active: (value) => sql`r.active = ${value === true || text(value).toLowerCase() === "true"}`,
    "groups.value": (value) => memberOf(sql`m.user_id = r.id`, sql`m.group_id`, value),
  },
};
const GROUP: Resource = {
  schema: groupSchema,
  columns: {
    id: uuid,
    displayName: folded("r.display_name_key"),
    externalId,
    "members.value": (value) => memberOf(sql`m.group_id = r.id`, sql`m.user_id`, value),
  },
};

function memberOf(own: Condition, other: RawBuilder<unknown>, value: FilterValue): Condition {
  if (typeof value !== "string" || !isOwnId(value)) return sql`false`;
  return sql`exists (select 1 from memberships m where m.tenant_id = r.tenant_id and ${own} and ${other} = ${value})`;
}

/**
 * Compiles a filter to a condition on the rows aliased `r`. `eq` and `and` on every attribute, in value paths too; letter
 * case counts as the schema's caseExact says.
 *
 * @throws {ScimError} 400 `invalidFilter` for an operator that is not served
 * @see RFC 7644 §3.4.2.2
 */
export function filterToSql(filter: Filter, resourceType: "User" | "Group"): Condition {
  return compile(filter, resourceType === "User" ? USER : GROUP);
}

function compile(filter: Filter, resource: Resource): Condition {
  switch (filter.kind) {
    case "and":
      return sql`(${sql.join(
        filter.operands.map((operand) => compile(operand, resource)),
        sql` and `,
      )})`;
    case "compare":
      return compare(filter.path, equalOnly(filter.op, filter.value), resource);
    case "valuePath":
      return valuePath(filter, resource);
    case "or":
    case "not":
    case "present":
      throw unsupported(filter.kind === "present" ? "pr" : filter.kind);
  }
}

function equalOnly(op: string, value: FilterValue): FilterValue {
  if (op !== "eq") throw unsupported(op);
  return value;
}

function unsupported(operator: string): ScimError {
  return new ScimError(
    400,
    "invalidFilter",
    `Operator "${operator}" is not served in list filters; use eq, joined by and`,
  );
}

/** Not among the stored attributes: looked for there they would quietly match nobody. */
const KEPT_ELSEWHERE: ReadonlySet<string> = new Set(["groups", "members", "meta", "schemas"]);

function refuseKeptElsewhere(path: AttributePath): void {
  if (path.urn !== undefined || !KEPT_ELSEWHERE.has(path.name)) return;
  throw new ScimError(
    400,
    "invalidFilter",
    `${nameOf(path)} is not served in list filters this way; groups and members are found by value`,
  );
}

function compare(path: AttributePath, value: FilterValue, resource: Resource): Condition {
  // A complex attribute alone means its value (RFC 7644 §3.4.2.2).
  const bare = path.sub === undefined ? resource.columns[`${path.name}.value`] : undefined;
  const column = path.urn === undefined ? (resource.columns[nameOf(path)] ?? bare) : undefined;
  if (column !== undefined) return column(value);
  refuseKeptElsewhere(path);
  const { attribute, json } = locate(path, resource.schema);
  const leaf = path.sub ?? (attribute?.type === "complex" ? "value" : undefined);
  const exact = (leaf === undefined ? attribute : attribute?.sub.get(leaf))?.caseExact ?? false;
  if (attribute?.multiValued === true) {
    return sql`exists (select 1 from jsonb_array_elements(${json}) e where ${equals(leafText(sql`e`, leaf), value, exact)})`;
  }
  return equals(leafText(json, leaf), value, exact);
}

function valuePath(filter: Extract<Filter, { kind: "valuePath" }>, resource: Resource): Condition {
  const { path, filter: only } = filter;
  // Memberships are rows of their own: found by the id alone, as members[value eq "id"].
  if (
    path.urn === undefined &&
    only.kind === "compare" &&
    only.path.name === "value" &&
    resource.columns[`${path.name}.value`]
  )
    return compare({ ...path, sub: "value" }, equalOnly(only.op, only.value), resource);
  refuseKeptElsewhere(path);
  const { attribute, json } = locate(path, resource.schema);
  const inside = (inner: Filter): Condition => {
    switch (inner.kind) {
      case "and":
        return sql`(${sql.join(inner.operands.map(inside), sql` and `)})`;
      case "compare": {
        const exact = attribute?.sub.get(inner.path.name)?.caseExact ?? false;
        return equals(leafText(sql`e`, inner.path.name), equalOnly(inner.op, inner.value), exact);
      }
      case "valuePath":
      case "or":
      case "not":
      case "present":
        throw unsupported(inner.kind === "present" ? "pr" : inner.kind);
    }
  };
  return sql`exists (select 1 from jsonb_array_elements(${json}) e where ${inside(filter.filter)})`;
}

function locate(path: AttributePath, schema: ResourceSchema) {
  const root = path.urn === undefined ? sql`r.attributes` : sql`(r.attributes -> ${path.urn}::text)`;
  const index =
    path.urn === undefined ? schema.attributes : schema.extensionByUrn.get(path.urn.toLowerCase())?.attributes;
  return { attribute: index?.get(path.name), json: sql`(${root} -> ${path.name}::text)` };
}

function leafText(json: RawBuilder<unknown>, leaf: string | undefined): RawBuilder<unknown> {
  return leaf === undefined ? sql`(${json} #>> '{}')` : sql`(${json} ->> ${leaf}::text)`;
}

function equals(operand: RawBuilder<unknown>, value: FilterValue, exact: boolean): Condition {
  if (value === null) return sql`${operand} is null`;
  if (exact || typeof value !== "string") return sql`${operand} = ${text(value)}`;
  return sql`lower(${operand}) = ${foldCase(value)}`;
}

const nameOf = (path: AttributePath): string => (path.sub === undefined ? path.name : `${path.name}.${path.sub}`);
