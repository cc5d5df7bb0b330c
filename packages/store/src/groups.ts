import type { GroupState } from "@muster/scim";
import { foldCase } from "@muster/scim";
import type { Actor } from "./audit.ts";
import { AUDIT_COLUMNS, auditId } from "./audit.ts";
import type { NamedStatement, Statements } from "./database.ts";
import { REMOVE_ABOVE } from "./members.ts";
import { FIT_PATTERNS } from "./name-patterns.ts";
import { readersOfNames, touchedBy } from "./nesting.ts";
import { isOwnId } from "./own-id.ts";
import type { TenantId } from "./tables.ts";
import type { Marked } from "./users.ts";

/** A stored group without its members, which may be many: see members.ts. */
export type GroupRecord = {
  id: string;
  directoryId: string;
  group: GroupState;
  version: number;
  createdAt: Date;
  updatedAt: Date;
};

/** A group as statements return it. */
export type GroupRow = {
  id: string;
  directory_id: string;
  display_name: string;
  external_id: string | null;
  attributes: GroupState["attributes"];
  version: number;
  created_at: Date;
  updated_at: Date;
};
const COLUMNS = "id, directory_id, display_name, external_id, attributes, version, created_at, updated_at";

/** Turns a row into the record that use cases see. */
export function toGroupRecord(row: GroupRow): GroupRecord {
  return {
    id: row.id,
    directoryId: row.directory_id,
    group: { displayName: row.display_name, externalId: row.external_id, attributes: row.attributes },
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

const GET_GROUP: NamedStatement<GroupRow> = {
  name: "get-group",
  text: `select ${COLUMNS} from groups where tenant_id = $1 and directory_id = $2 and id = $3`,
};
// Nobody waits who only refers to the group, such as an edge to it or the membership of somebody who returns.
const LOCK_GROUP: NamedStatement<GroupRow> = { name: "lock-group", text: `${GET_GROUP.text} for no key update` };

/** Reads one group; undefined when there is none in this directory. */
export async function getGroup(
  tx: Statements,
  tenantId: TenantId,
  directoryId: string,
  id: string,
): Promise<GroupRecord | undefined> {
  if (!isOwnId(id)) return undefined;
  const [row] = await tx.named(GET_GROUP, [tenantId, directoryId, id]);
  return row === undefined ? undefined : toGroupRecord(row);
}

/** Reads one group and locks it: membership changes of one group happen one after the other (B13). */
export async function lockGroup(
  tx: Statements,
  tenantId: TenantId,
  directoryId: string,
  id: string,
): Promise<GroupRecord | undefined> {
  if (!isOwnId(id)) return undefined;
  const [row] = await tx.named(LOCK_GROUP, [tenantId, directoryId, id]);
  return row === undefined ? undefined : toGroupRecord(row);
}

const INSERT_GROUP: NamedStatement<GroupRow> = {
  name: "insert-group",
  text: `
with fresh as (
  insert into groups (tenant_id, id, directory_id, display_name, display_name_key, external_id, attributes)
  values ($1, $2, $3, $4, $5, $6, $7) returning ${COLUMNS}
), audited as (
  insert into audit (${AUDIT_COLUMNS}) select $1, $8, $9, 'group.create', id::text from fresh
)
select ${COLUMNS} from fresh`,
};

/** Inserts a group without members. Throws a unique violation when the displayName is taken in this directory. */
export async function insertGroup(
  tx: Statements,
  tenantId: TenantId,
  input: { id: string; directoryId: string; group: GroupState; actor: Actor },
): Promise<GroupRecord> {
  const { id, directoryId, group, actor } = input;
  const [row] = await tx.named(INSERT_GROUP, [
    tenantId,
    id,
    directoryId,
    group.displayName,
    foldCase(group.displayName),
    group.externalId,
    JSON.stringify(group.attributes),
    auditId(),
    actor,
  ]);
  if (row === undefined) throw new Error("An insert must return its row");
  return toGroupRecord(row);
}

const UPDATE_GROUP: NamedStatement<{ version: number; updated_at: Date }> = {
  name: "update-group",
  text: `
with changed as (
  update groups set display_name = $3, display_name_key = $4, external_id = $5, attributes = $6, version = version + 1, updated_at = now()
  where tenant_id = $1 and id = $2 returning id, version, updated_at
), audited as (
  insert into audit (${AUDIT_COLUMNS}) select $1, $7, $8, 'group.update', id::text from changed
)
select version, updated_at from changed`,
};

/** Writes the whole of a locked group, members excepted. Throws a unique violation when the displayName is taken. */
export async function updateGroup(
  tx: Statements,
  tenantId: TenantId,
  change: { id: string; group: GroupState; actor: Actor },
): Promise<{ version: number; updatedAt: Date }> {
  const { id, group, actor } = change;
  const [row] = await tx.named(UPDATE_GROUP, [
    tenantId,
    id,
    group.displayName,
    foldCase(group.displayName),
    group.externalId,
    JSON.stringify(group.attributes),
    auditId(),
    actor,
  ]);
  if (row === undefined) throw new Error("A locked group cannot vanish");
  return { version: row.version, updatedAt: row.updated_at };
}

const BIND_GROUP: NamedStatement<{ connection_id: string }> = {
  name: "bind-group",
  text: `
with assigned as (
  update assignments set group_id = $3 from connections c
  where assignments.tenant_id = $1 and assignments.display_name_key = $4 and assignments.group_id is null
    and c.tenant_id = $1 and c.id = assignments.connection_id and c.directory_id = $2
  returning assignments.connection_id
), ruled as (
  update rules set group_id = $3 from connections c
  where rules.tenant_id = $1 and rules.display_name_key = $4 and rules.group_id is null
    and c.tenant_id = $1 and c.id = rules.connection_id and c.directory_id = $2
  returning rules.connection_id
), ${FIT_PATTERNS}
select connection_id from assigned union select connection_id from ruled union select connection_id from fitting
union select connection_id from unfitting union ${readersOfNames("$2")}`,
};

/**
 * Gives assignments and rules that wait for a group of this name, or have a pattern that fits it, the group that has it now,
 * and takes it from patterns that do not fit it any more. Returns the connections that this, or the name itself, concerns.
 */
export async function bindGroup(tx: Statements, tenantId: TenantId, record: GroupRecord): Promise<string[]> {
  const rows = await tx.named(BIND_GROUP, [
    tenantId,
    record.directoryId,
    record.id,
    foldCase(record.group.displayName),
  ]);
  return rows.map((row) => row.connection_id);
}

const DELETE_GROUP: NamedStatement<{ id: string; connection_ids: string[] | null }> = {
  name: "delete-group",
  text: `
with ${touchedBy("$3")}, changed as (
  delete from groups where tenant_id = $1 and directory_id = $2 and id = $3 returning id, display_name
), people as (
  select m.user_id from memberships m join changed on changed.id = m.group_id where m.tenant_id = $1
), unlinked as (
  delete from group_ancestors where tenant_id = $1 and (ancestor_id = $3 or group_id = $3)
), counted as (
  select count(*) as people from people
), expanded as (
  insert into expansions (tenant_id, connection_id, id, cause, removal, user_ids, actor, subject, guard)
  select $1, t.connection_id, gen_random_uuid(), 'group.delete:' || $3::text, true, (select array_agg(user_id order by user_id) from people), $5,
    (select display_name from changed), 'scope'
  from touched t, counted where counted.people > ${REMOVE_ABOVE}
  returning connection_id
), marked as (
  insert into accounts (tenant_id, connection_id, user_id, removal, removal_since)
  select $1, t.connection_id, p.user_id, true, now() from touched t cross join people p, counted where counted.people <= ${REMOVE_ABOVE}
  order by 2, 3
  on conflict (tenant_id, connection_id, user_id) do update
    set desired_generation = accounts.desired_generation + 1, due_at = now(), state = 'pending', removal = true,
      removal_since = coalesce(accounts.removal_since, excluded.removal_since), trace_id = excluded.trace_id
  returning connection_id
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal)
  select $1::uuid, connection_id, true from (select connection_id from marked union select connection_id from expanded) due
  returning connection_id
), audited as (
  insert into audit (${AUDIT_COLUMNS}) select $1, $4, $5, 'group.delete', id::text from changed
)
select id, (select array_agg(connection_id) from rung) as connection_ids from changed`,
};

/**
 * Deletes a group with its memberships and marks the people who were in it. Undefined when there is no such group. The
 * directory's nesting must be locked, and no group be a member of this one any more.
 */
export async function deleteGroup(
  tx: Statements,
  tenantId: TenantId,
  target: { directoryId: string; id: string; actor: Actor },
): Promise<Marked | undefined> {
  if (!isOwnId(target.id)) return undefined;
  const [row] = await tx.named(DELETE_GROUP, [tenantId, target.directoryId, target.id, auditId(), target.actor]);
  return row === undefined ? undefined : { connectionIds: row.connection_ids ?? [], removal: true };
}
