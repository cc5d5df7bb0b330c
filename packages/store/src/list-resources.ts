import type { Filter, Page, PageCursor, ResourceSchema, ResourceType } from "@muster/scim";
import { type RawBuilder, sql } from "kysely";
import type { Statements } from "./database.ts";
import { all, type Condition, type Fragment } from "./filter/condition.ts";
import { type CompileScope, filterToSql, rowsThatPass } from "./filter/filter-to-sql.ts";
import { type GroupRecord, toGroupRecord } from "./groups.ts";
import { requireOwnCursor, run, settle } from "./list-rows.ts";
import type { NextPlace } from "./list-types.ts";
import { type GroupRow, groupColumns, type UserRow, userColumns } from "./people-lists.ts";
import type { TenantId } from "./tables.ts";
import { toUserRecord, type UserRecord } from "./users.ts";

/** One kind of resource in a list of both: by which schema, and which of them; "none" when the filter names what it has not. */
export type KindAsked = { schema: ResourceSchema; filter: Filter | null | "none" };
export type ResourcesRequest = {
  directoryId: string;
  kinds: readonly KindAsked[];
  page: Page;
  baseUrl: string | null;
};
export type ListedResource = { kind: "User"; record: UserRecord } | { kind: "Group"; record: GroupRecord };
export type ListedResources = { total: number; resources: ListedResource[]; next: NextPlace };

type Kind = { scope: CompileScope; condition: Condition | null };
type Found = { kind: ResourceType; id: string };

/**
 * Lists users and groups together in the order of their ids, with one number of all: the list at the root of the server.
 *
 * @throws {ScimError} 400 `invalidFilter` or `invalidCursor`
 * @see RFC 7644 §3.4.2.1
 */
export async function listResources(
  tx: Statements,
  tenantId: TenantId,
  request: ResourcesRequest,
): Promise<ListedResources> {
  const kinds = request.kinds.flatMap(({ schema, filter }): Kind[] => {
    const scope: CompileScope = { tenantId, directoryId: request.directoryId, schema, baseUrl: request.baseUrl };
    return filter === "none" ? [] : [{ scope, condition: filter === null ? null : filterToSql(filter, scope) }];
  });
  if (kinds.length === 0) return { total: 0, resources: [], next: null };
  const { page } = request;
  if (page.kind === "cursor") return await walk(tx, kinds, page);
  const counting = begin(tx, kinds);
  const finding = page.count === 0 ? [] : run(tx, pageOf(kinds, { offset: page.startIndex - 1, limit: page.count }));
  const [{ total }, found] = await settle(counting, finding);
  return { total, resources: await read(tx, kinds, found), next: null };
}

async function walk(
  tx: Statements,
  kinds: readonly Kind[],
  { cursor, count }: { cursor: PageCursor | null; count: number },
): Promise<ListedResources> {
  if (cursor !== null) requireOwnCursor(cursor, { kind: "text" });
  const { total, until } = cursor ?? (await begin(tx, kinds));
  if (until === null || count === 0) return { total, resources: [], next: null };
  const bounds: Condition[] = [sql`r.id <= ${until}::uuid`];
  if (cursor !== null) bounds.push(sql`r.id > ${cursor.after}::uuid`);
  const found = await run(tx, pageOf(kinds, { offset: 0, limit: count + 1, bounds }));
  const shown = found.slice(0, count);
  const last = shown.at(-1);
  const next = found.length > count && last !== undefined ? { after: last.id, value: null, until, total } : null;
  return { total, resources: await read(tx, kinds, shown), next };
}

async function begin(tx: Statements, kinds: readonly Kind[]): Promise<{ total: number; until: string | null }> {
  const counts = kinds.map(({ scope, condition }) => sql`(select count(*) ${rowsThatPass(condition, scope)})`);
  const greatest = kinds.map(({ scope }) => sql`(select r.id ${rowsThatPass(null, scope)} order by r.id desc limit 1)`);
  const [begun] = await run(
    tx,
    sql<{
      total: number;
      until: string | null;
    }>`select ${sql.join(counts, sql` + `)} as total, greatest(${sql.join(greatest)}) as until`,
  );
  return begun ?? { total: 0, until: null };
}

/** Each kind gives no more than the page could need, so that the two are merged in the order of an index each. */
function pageOf(
  kinds: readonly Kind[],
  { offset, limit, bounds = [] }: { offset: number; limit: number; bounds?: readonly Condition[] },
): RawBuilder<Found> {
  const each = kinds.map(({ scope, condition }): Fragment => {
    const conditions = [...(condition === null ? [] : [condition]), ...bounds];
    const passing = rowsThatPass(conditions.length === 0 ? null : all(conditions), scope);
    return sql`(select ${scope.schema.resourceType}::text as kind, r.id ${passing} order by r.id limit ${offset + limit})`;
  });
  return sql`select p.kind, p.id from (${sql.join(each, sql` union all `)}) p order by p.id offset ${offset} limit ${limit}`;
}

/** One statement for each kind, whatever was found. */
async function read(tx: Statements, kinds: readonly Kind[], found: readonly Found[]): Promise<ListedResource[]> {
  const byId = new Map<string, ListedResource>();
  for (const { scope } of kinds) {
    const kind = scope.schema.resourceType;
    const ids = found.filter((one) => one.kind === kind).map((one) => one.id);
    const chosen = rowsThatPass(sql`r.id = any(${ids}::uuid[])`, scope);
    if (kind === "User")
      for (const row of await run(tx, sql<UserRow>`select ${userColumns} ${chosen}`))
        byId.set(row.id, { kind, record: toUserRecord(row) });
    else
      for (const row of await run(tx, sql<GroupRow>`select ${groupColumns} ${chosen}`))
        byId.set(row.id, { kind, record: toGroupRecord(row) });
  }
  return found.flatMap(({ id }) => byId.get(id) ?? []);
}
