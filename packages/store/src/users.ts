import type { UserState } from "@muster/scim";
import { foldCase } from "@muster/scim";
import type { Actor } from "./audit.ts";
import { AUDIT_COLUMNS, auditId } from "./audit.ts";
import { type Database, inEachTenant, type NamedStatement, type Statements } from "./database.ts";
import { type GroupReference, groupsOfUser } from "./groups-of-user.ts";
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

type UserRow = {
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
const COLUMNS = "id, directory_id, user_name, external_id, active, attributes, version, created_at, updated_at";

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

export type NewUser = { id: string; directoryId: string; user: UserState; actor: Actor };
export type InsertedUser = { id: string; createdAt: Date; connectionIds: string[] };

// One statement for a batch of creates: users, the accounts that "everyone" implies, lane marks and audit rows.
// A row that is missing from the answer was not inserted: its userName is taken, or its externalId names a tombstone.
const INSERT_USERS: NamedStatement<{ id: string; created_at: Date; connection_ids: string[] | null }> = {
  name: "insert-users",
  text: `
with input as (
  select * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::jsonb[], $9::uuid[], $10::text[])
    as t(id, directory_id, user_name, user_name_key, external_id, active, attributes, audit_id, actor)
), fresh as (
  insert into users (tenant_id, id, directory_id, user_name, user_name_key, external_id, active, attributes)
  select $1, id, directory_id, user_name, user_name_key, external_id, active, attributes from input i
  where i.external_id is null
    or not exists (
      select 1 from users t where t.tenant_id = $1 and t.directory_id = i.directory_id and t.external_id = i.external_id and t.deleted_at is not null)
    or exists (
      select 1 from users l where l.tenant_id = $1 and l.directory_id = i.directory_id and l.external_id = i.external_id and l.deleted_at is null)
  order by directory_id, user_name_key
  on conflict do nothing
  returning id, directory_id, created_at
), marked as (
  insert into accounts (tenant_id, connection_id, user_id)
  select $1, c.id, f.id from fresh f join connections c on c.tenant_id = $1 and c.directory_id = f.directory_id and c.everyone
  returning connection_id
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal) select distinct $1::uuid, connection_id, false from marked returning connection_id
), audited as (
  insert into audit (${AUDIT_COLUMNS}) select $1, i.audit_id, i.actor, 'user.create', f.id::text from fresh f join input i on i.id = f.id
)
select f.id, f.created_at, (select array_agg(connection_id) from rung) as connection_ids from fresh f`,
};

/** Inserts a batch of users of one tenant in one statement; those that could not be inserted are missing from the answer. */
export async function insertUsers(
  tx: Statements,
  tenantId: TenantId,
  users: readonly NewUser[],
): Promise<InsertedUser[]> {
  return (await tx.named(INSERT_USERS, insertValues(tenantId, users))).map(toInserted);
}

/** Like `insertUsers` for several tenants, a statement each, in one transaction: all or none. */
export async function insertUsersOfTenants(
  db: Database,
  batches: readonly { tenantId: TenantId; users: readonly NewUser[] }[],
): Promise<InsertedUser[][]> {
  const calls = batches.map(({ tenantId, users }) => ({ tenantId, values: insertValues(tenantId, users) }));
  return (await inEachTenant(db, INSERT_USERS, calls)).map((rows) => rows.map(toInserted));
}

function insertValues(tenantId: TenantId, users: readonly NewUser[]): unknown[] {
  return [
    tenantId,
    users.map((u) => u.id),
    users.map((u) => u.directoryId),
    users.map((u) => u.user.userName),
    users.map((u) => foldCase(u.user.userName)),
    users.map((u) => u.user.externalId),
    users.map((u) => u.user.active),
    users.map((u) => JSON.stringify(u.user.attributes)),
    users.map(() => auditId()),
    users.map((u) => u.actor),
  ];
}

function toInserted(row: { id: string; created_at: Date; connection_ids: string[] | null }): InsertedUser {
  return { id: row.id, createdAt: row.created_at, connectionIds: row.connection_ids ?? [] };
}

const GET_USER: NamedStatement<UserRow & { groups: GroupReference[] | null }> = {
  name: "get-user",
  text: `
select ${COLUMNS}, ${groupsOfUser("users.id")} as groups
from users where tenant_id = $1 and directory_id = $2 and id = $3 and deleted_at is null`,
};

/** Reads one live user with the groups it is in; undefined when there is none. */
export async function getUser(
  tx: Statements,
  tenantId: TenantId,
  directoryId: string,
  id: string,
): Promise<{ record: UserRecord; groups: GroupReference[] } | undefined> {
  if (!isOwnId(id)) return undefined;
  const [row] = await tx.named(GET_USER, [tenantId, directoryId, id]);
  return row === undefined ? undefined : { record: toUserRecord(row), groups: row.groups ?? [] };
}

const LOCK_USER: NamedStatement<UserRow & { groups: GroupReference[] | null }> = {
  name: "lock-user",
  text: `${GET_USER.text} for update of users`,
};

/** Reads one live user like `getUser` and locks its row until the transaction ends. */
export async function lockUser(
  tx: Statements,
  tenantId: TenantId,
  directoryId: string,
  id: string,
): Promise<{ record: UserRecord; groups: GroupReference[] } | undefined> {
  if (!isOwnId(id)) return undefined;
  const [row] = await tx.named(LOCK_USER, [tenantId, directoryId, id]);
  return row === undefined ? undefined : { record: toUserRecord(row), groups: row.groups ?? [] };
}

// Every account of a person is looked at again, in one row per connection, and its lane is marked.
const MARK_PERSON = (removal: string) => `
marked as (
  update accounts set desired_generation = desired_generation + 1, due_at = now(), state = 'pending', removal = removal or ${removal}
  where accounts.tenant_id = $1 and accounts.user_id = any(array(select id from changed))
  returning connection_id
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal) select distinct $1::uuid, connection_id, ${removal} from marked returning connection_id
)`;

const UPDATE_USER: NamedStatement<{ version: number; updated_at: Date; connection_ids: string[] | null }> = {
  name: "update-user",
  text: `
with changed as (
  update users set user_name = $3, user_name_key = $4, external_id = $5, active = $6, attributes = $7, version = version + 1, updated_at = now()
  where tenant_id = $1 and id = $2 and deleted_at is null
  returning id, version, updated_at
), ${MARK_PERSON("$8::boolean")}, audited as (
  insert into audit (${AUDIT_COLUMNS}) select $1, $9, $10, 'user.update', id::text from changed
)
select version, updated_at, (select array_agg(connection_id) from rung) as connection_ids from changed`,
};

/** Writes the whole of a locked user and marks its accounts. Throws a unique violation when the userName is taken. */
export async function updateUser(
  tx: Statements,
  tenantId: TenantId,
  change: { id: string; user: UserState; removal: boolean; actor: Actor },
): Promise<{ version: number; updatedAt: Date; marked: Marked }> {
  const { id, user, removal, actor } = change;
  const [row] = await tx.named(UPDATE_USER, [
    tenantId,
    id,
    user.userName,
    foldCase(user.userName),
    user.externalId,
    user.active,
    JSON.stringify(user.attributes),
    removal,
    auditId(),
    actor,
  ]);
  if (row === undefined) throw new Error("A locked user cannot vanish");
  return {
    version: row.version,
    updatedAt: row.updated_at,
    marked: { connectionIds: row.connection_ids ?? [], removal },
  };
}

const DELETE_USER: NamedStatement<{ id: string; connection_ids: string[] | null }> = {
  name: "delete-user",
  text: `
with changed as (
  update users set deleted_at = now(), updated_at = now(), active = false, version = version + 1
  where tenant_id = $1 and directory_id = $2 and id = $3 and deleted_at is null
  returning id
), left_groups as (
  delete from memberships using changed where memberships.tenant_id = $1 and memberships.user_id = changed.id
), ${MARK_PERSON("true")}, audited as (
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

const LOCK_TOMBSTONE: NamedStatement<{ id: string }> = {
  name: "lock-tombstone",
  text: `
select id from users t where tenant_id = $1 and directory_id = $2 and external_id = $3 and deleted_at is not null
  and not exists (select 1 from users l where l.tenant_id = $1 and l.directory_id = $2 and l.external_id = $3 and l.deleted_at is null)
order by deleted_at desc limit 1 for update`,
};

/** Finds and locks the tombstone that a create with this externalId revives: the latest, unless the id lives again. */
export async function lockTombstone(
  tx: Statements,
  tenantId: TenantId,
  directoryId: string,
  externalId: string,
): Promise<string | undefined> {
  const [row] = await tx.named(LOCK_TOMBSTONE, [tenantId, directoryId, externalId]);
  return row?.id;
}

// A revived person has the accounts they had, those that "everyone" implies, and the groups that kept a place for them.
const REVIVE_USER: NamedStatement<UserRow & { connection_ids: string[] | null }> = {
  name: "revive-user",
  text: `
with changed as (
  update users set user_name = $3, user_name_key = $4, external_id = $5, active = $6, attributes = $7, version = version + 1,
    updated_at = now(), deleted_at = null
  where tenant_id = $1 and id = $2 and deleted_at is not null
  returning ${COLUMNS}
), returned as (
  delete from parked_members using changed where parked_members.tenant_id = $1 and parked_members.value = changed.id::text
  returning group_id
), joined as (
  insert into memberships (tenant_id, group_id, user_id) select $1, r.group_id, c.id from returned r cross join changed c
  on conflict do nothing returning group_id
), touched as (
  select c.id from connections c, changed where c.tenant_id = $1 and c.directory_id = changed.directory_id and c.everyone
  union select a.connection_id from assignments a join joined j on j.group_id = a.group_id where a.tenant_id = $1
  union select connection_id from accounts, changed where accounts.tenant_id = $1 and accounts.user_id = changed.id
), marked as (
  insert into accounts (tenant_id, connection_id, user_id) select $1, t.id, changed.id from touched t cross join changed
  on conflict (tenant_id, connection_id, user_id) do update
    set desired_generation = accounts.desired_generation + 1, due_at = now(), state = 'pending'
  returning connection_id
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal) select distinct $1::uuid, connection_id, false from marked returning connection_id
), audited as (
  insert into audit (${AUDIT_COLUMNS}) select $1, $8, $9, 'user.revive', id::text from changed
)
select ${COLUMNS}, (select array_agg(connection_id) from rung) as connection_ids from changed`,
};

/** Brings a locked tombstone back under its own id. Throws a unique violation when the userName is taken meanwhile. */
export async function reviveUser(
  tx: Statements,
  tenantId: TenantId,
  change: { id: string; user: UserState; actor: Actor },
): Promise<{ record: UserRecord; marked: Marked }> {
  const { id, user, actor } = change;
  const [row] = await tx.named(REVIVE_USER, [
    tenantId,
    id,
    user.userName,
    foldCase(user.userName),
    user.externalId,
    user.active,
    JSON.stringify(user.attributes),
    auditId(),
    actor,
  ]);
  if (row === undefined) throw new Error("A locked tombstone cannot vanish");
  return { record: toUserRecord(row), marked: { connectionIds: row.connection_ids ?? [], removal: false } };
}
