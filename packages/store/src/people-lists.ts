import { type Filter, foldCase } from "@muster/scim";
import { sql } from "kysely";
import type { NamedStatement, Statements } from "./database.ts";
import type { Fragment } from "./filter/condition.ts";
import { type GroupRecord, toGroupRecord } from "./groups.ts";
import { listRows } from "./list-rows.ts";
import type { ListRequest, NextPlace } from "./list-types.ts";
import type { TenantId } from "./tables.ts";
import { toUserRecord, type UserRecord } from "./users.ts";

export type UserRow = Parameters<typeof toUserRecord>[0];
export type GroupRow = Parameters<typeof toGroupRecord>[0];

const GROUP_COLUMNS =
  "r.id, r.directory_id, r.display_name, r.external_id, r.attributes, r.version, r.created_at, r.updated_at";

/** The columns of a person, of the rows aliased `r`. */
export const userColumns: Fragment = sql`r.id, r.directory_id, r.user_name, r.external_id, r.active, r.attributes, r.version, r.created_at, r.updated_at`;
/** The columns of a group, of the rows aliased `r`. */
export const groupColumns: Fragment = sql`r.id, r.directory_id, r.display_name, r.external_id, r.attributes, r.version, r.created_at, r.updated_at`;

// What every client asks before a create: prepared once, and found by key before anything is put in order.
type Counted<Row> = Row & { total: number };
const LOOK_UP_TAIL = "select found.*, count(*) over () as total from found order by id limit $4";
const FIND_BY_DISPLAY_NAME: NamedStatement<Counted<GroupRow>> = {
  name: "find-by-display-name",
  text: `with found as materialized (select ${GROUP_COLUMNS} from groups r
    where r.tenant_id = $1 and r.directory_id = $2 and r.display_name_key = $3) ${LOOK_UP_TAIL}`,
};
const FIND_GROUP_BY_EXTERNAL_ID: NamedStatement<Counted<GroupRow>> = {
  name: "find-group-by-external-id",
  text: `with found as materialized (select ${GROUP_COLUMNS} from groups r
    where r.tenant_id = $1 and r.directory_id = $2 and r.external_id = $3) ${LOOK_UP_TAIL}`,
};

/**
 * Lists live users that pass a filter, a page of them, with the number of all that do.
 *
 * @throws {ScimError} 400 `invalidFilter` or `invalidCursor`
 */
export async function listUsers(
  tx: Statements,
  tenantId: TenantId,
  request: ListRequest,
): Promise<{ total: number; records: UserRecord[]; next: NextPlace }> {
  const { total, rows, next } = await listRows<UserRow>(tx, tenantId, request, userColumns);
  return { total, records: rows.map(toUserRecord), next };
}

/** A list of users that comes down to one key; `lookUpUsersOfTenants` answers many of them at once. */
export type UserLookUp = { by: "userName" | "externalId"; directoryId: string; key: string; limit: number };

/** The look-up that a list of users comes down to, if it does. */
export function userLookUp(request: ListRequest): UserLookUp | undefined {
  const { directoryId, page } = request;
  const userName = keyAskedFor(request, "userName");
  if (userName !== undefined) return { by: "userName", directoryId, key: foldCase(userName), limit: page.count };
  const externalId = keyAskedFor(request, "externalId");
  return externalId === undefined ? undefined : { by: "externalId", directoryId, key: externalId, limit: page.count };
}

/**
 * Lists groups that pass a filter, without members, a page of them, with the number of all that do.
 *
 * @throws {ScimError} 400 `invalidFilter` or `invalidCursor`
 */
export async function listGroups(
  tx: Statements,
  tenantId: TenantId,
  request: ListRequest,
): Promise<{ total: number; records: GroupRecord[]; next: NextPlace }> {
  const lookUp =
    askedBy(request, "displayName", FIND_BY_DISPLAY_NAME, foldCase) ??
    askedBy(request, "externalId", FIND_GROUP_BY_EXTERNAL_ID, (id) => id);
  const found = lookUp === undefined ? undefined : await runLookUp(tx, tenantId, request, lookUp);
  const { total, rows, next } = found ?? (await listRows<GroupRow>(tx, tenantId, request, groupColumns));
  return { total, records: rows.map(toGroupRecord), next };
}

type LookUp<Row> = { statement: NamedStatement<Counted<Row>>; key: string };

function askedBy<Row>(
  request: ListRequest,
  name: string,
  statement: NamedStatement<Counted<Row>>,
  toKey: (value: string) => string,
): LookUp<Row> | undefined {
  const value = keyAskedFor(request, name);
  return value === undefined ? undefined : { statement, key: toKey(value) };
}

/** The value of the only attribute that is asked for: one `eq`, the first page, in no special order. */
function keyAskedFor({ filter, sort, page }: ListRequest, name: string): string | undefined {
  const isFirst = page.kind === "index" ? page.startIndex === 1 : page.cursor === null;
  return isFirst && sort === null && page.count > 0 ? valueAskedFor(filter, name) : undefined;
}

function valueAskedFor(filter: Filter | null, name: string): string | undefined {
  if (filter?.kind !== "compare" || filter.op !== "eq" || typeof filter.value !== "string") return undefined;
  return filter.path.name === name && filter.path.urn === undefined ? filter.value : undefined;
}

/** Undefined when a walk by cursor would go on after this page: that needs the long way. */
async function runLookUp<Row>(
  tx: Statements,
  tenantId: TenantId,
  { directoryId, page }: ListRequest,
  { statement, key }: LookUp<Row>,
): Promise<{ total: number; rows: Counted<Row>[]; next: null } | undefined> {
  const rows = await tx.named(statement, [tenantId, directoryId, key, page.count]);
  const total = rows[0]?.total ?? 0;
  return page.kind === "cursor" && total > rows.length ? undefined : { total, rows, next: null };
}
