import type { AttributePath, Filter, ResourceSchema } from "@muster/scim";
import { sql } from "kysely";
import { compile } from "./compile.ts";
import type { Condition, Fragment } from "./condition.ts";
import { jsonTarget } from "./json-target.ts";
import { isLookUp, type ListScope, withEmailKeys } from "./look-ups.ts";
import { columnTarget } from "./resource-columns.ts";
import type { Target } from "./target.ts";

/** Which resources are asked for, and by which schema their attributes are known. */
export type CompileScope = ListScope & { schema: ResourceSchema; baseUrl: string | null };

/**
 * Compiles a filter to a condition on the rows of `users` or `groups` aliased `r`. The whole grammar is served, and says
 * of every resource what `evaluateFilter` says of it.
 *
 * @throws {ScimError} 400 `invalidFilter` for addresses of this server where `baseUrl` is null
 * @see RFC 7644 §3.4.2.2
 */
export function filterToSql(filter: Filter, scope: CompileScope): Condition {
  const find = (path: AttributePath): Target | undefined => findTarget(path, scope);
  // Each alternative may have an index of its own, which no plan of an "or" would use.
  if (filter.kind === "or" && isLookUp(filter, scope.schema.resourceType)) {
    const found = filter.operands.map((operand) => sql`select r.id ${rowsThatPass(compile(operand, find), scope)}`);
    return sql`r.id in (${sql.join(found, sql` union all `)})`;
  }
  return compile(filter, find);
}

/** Finds what a path of a resource stands for. */
export function findTarget(path: AttributePath, scope: CompileScope): Target | undefined {
  const { schema } = scope;
  const column = columnTarget(schema.resourceType, path, scope);
  if (column !== undefined) return column;
  const index =
    path.urn === undefined ? schema.attributes : schema.extensionByUrn.get(path.urn.toLowerCase())?.attributes;
  const attribute = index?.get(path.name);
  if (attribute === undefined) return undefined;
  const container = path.urn === undefined ? sql`r.attributes` : sql`(r.attributes -> ${path.urn}::text)`;
  const target = jsonTarget(container, attribute, path);
  const isEmails = schema.resourceType === "User" && path.urn === undefined && path.name === "emails";
  return target !== undefined && isEmails ? withEmailKeys(target, path, scope) : target;
}

/** From-clause and conditions of the live resources that pass. */
export function rowsThatPass(condition: Condition | null, scope: CompileScope): Fragment {
  const { tenantId, directoryId, schema } = scope;
  const passes = condition === null ? sql`` : sql` and ${condition}`;
  if (schema.resourceType === "Group")
    return sql`from groups r where r.tenant_id = ${tenantId} and r.directory_id = ${directoryId}${passes}`;
  return sql`from users r where r.tenant_id = ${tenantId} and r.directory_id = ${directoryId} and r.deleted_at is null${passes}`;
}
