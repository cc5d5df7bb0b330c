import type { UserState } from "@muster/scim";
import type { Actor } from "./audit.ts";
import { AUDIT_COLUMNS, auditId } from "./audit.ts";
import type { NamedStatement, Statements } from "./database.ts";
import { type GroupReference, groupsOfUser } from "./groups-of-user.ts";
import { MARK_CHANGED } from "./mark-person.ts";
import { isOwnId } from "./own-id.ts";
import type { TenantId } from "./tables.ts";

/** A stored user with its server-made identity. `deletedAt` is set on a tombstone. */
export type UserRecord = {
  id: string;
  directoryId: string;
  user: UserState;
  version: number;
  createdAt: Date;
  updatedAt: Date;
};

/** What a write made due: the connections whose lanes should be rung after commit. */
export type Marked = { connectionIds: string[]; removal: boolean };

/** A user as statements return it. */
export type UserRow = {
  id: string;
  directory_id: string;
  user_name: string;
  external_id: string | null;
  active: boolean;
  attributes: UserState["attributes"];
  version: number;
  created_at: Date;
  updated_at: Date;
};
/** The columns of `UserRow`. */
export const COLUMNS = "id, directory_id, user_name, external_id, active, attributes, version, created_at, updated_at";

/** Turns a row into the record that use cases see. */
export function toUserRecord(row: UserRow): UserRecord {
  return {
    id: row.id,
    directoryId: row.directory_id,
    user: { userName: row.user_name, externalId: row.external_id, active: row.active, attributes: row.attributes },
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The groups that the user of a statement is in; `$1` is the tenant, and `users` has the user. */
export const GROUPS_OF_USER = `${groupsOfUser("users.id")} as groups`;

/** A user of a statement with `GROUPS_OF_USER`, perhaps a tombstone. */
export type FoundRow = UserRow & { deleted_at: Date | null; groups: GroupReference[] | null };

// `deleted_at is null` is judged here and not in the statement, where it would offer the planner an index over the whole
// directory: a named statement keeps the plan it got when the table was empty, and all indexes looked alike.
const GET_USER: NamedStatement<FoundRow> = {
  name: "get-user",
  text: `select ${COLUMNS}, deleted_at, ${GROUPS_OF_USER} from users where tenant_id = $1 and id = $2`,
};

const LOCK_USER: NamedStatement<FoundRow> = { name: "lock-user", text: `${GET_USER.text} for update of users` };

/** A live user and the groups they are in. */
export type FoundUser = { record: UserRecord; groups: GroupReference[] };

/** Reads one live user with the groups it is in; undefined when there is none. */
export async function getUser(
  tx: Statements,
  tenantId: TenantId,
  directoryId: string,
  id: string,
): Promise<FoundUser | undefined> {
  if (!isOwnId(id)) return undefined;
  const [row] = await tx.named(GET_USER, [tenantId, id]);
  return row?.directory_id === directoryId ? toLiveUser(row) : undefined;
}

/** Reads one live user like `getUser` and locks its row until the transaction ends. */
export async function lockUser(
  tx: Statements,
  tenantId: TenantId,
  directoryId: string,
  id: string,
): Promise<FoundUser | undefined> {
  if (!isOwnId(id)) return undefined;
  const [row] = await tx.named(LOCK_USER, [tenantId, id]);
  return row?.directory_id === directoryId ? toLiveUser(row) : undefined;
}

const LOCK_FREE_USERS: NamedStatement<FoundRow> = {
  name: "lock-free-users",
  text: `
select users.* from unnest($2::uuid[]) as wanted(id) cross join lateral (
  select ${COLUMNS}, deleted_at, ${GROUPS_OF_USER} from users where tenant_id = $1 and id = wanted.id offset 0 for update of users skip locked
) users`,
};

/** Reads and locks those of these live users that nobody else has locked: it never waits. */
export async function lockFreeUsers(tx: Statements, tenantId: TenantId, ids: readonly string[]): Promise<FoundUser[]> {
  const rows = await tx.named(LOCK_FREE_USERS, [tenantId, ids.filter(isOwnId)]);
  return rows.flatMap((row) => toLiveUser(row) ?? []);
}

/** Turns a row into what use cases see; undefined for a tombstone. */
export function toLiveUser(row: FoundRow): FoundUser | undefined {
  return row.deleted_at === null ? { record: toUserRecord(row), groups: row.groups ?? [] } : undefined;
}

// Without `deleted_at is null` for the reason that `GET_USER` gives.
const DELETE_USER: NamedStatement<{ id: string; connection_ids: string[] | null }> = {
  name: "delete-user",
  text: `
with changed as (
  update users set deleted_at = now(), updated_at = now(), active = false, version = version + 1
  where tenant_id = $1 and id = $3 and directory_id = $2 and coalesce(deleted_at, 'infinity') = 'infinity'
  returning id, true as removal, nullif(current_setting('muster.trace_id', true), '')::uuid as trace_id
), left_groups as (
  delete from memberships using changed where memberships.tenant_id = $1 and memberships.user_id = changed.id
), ${MARK_CHANGED}, audited as (
  insert into audit (${AUDIT_COLUMNS}) select $1, $4, $5, 'user.delete', id::text from changed
)
select id, (select array_agg(connection_id) from rung) as connection_ids from changed`,
};

/** Turns a user into a tombstone: out of every group, its userName free at once. Undefined when there is no such user. */
export async function deleteUser(
  tx: Statements,
  tenantId: TenantId,
  target: { directoryId: string; id: string; actor: Actor },
): Promise<Marked | undefined> {
  if (!isOwnId(target.id)) return undefined;
  const [row] = await tx.named(DELETE_USER, [tenantId, target.directoryId, target.id, auditId(), target.actor]);
  return row === undefined ? undefined : { connectionIds: row.connection_ids ?? [], removal: true };
}
