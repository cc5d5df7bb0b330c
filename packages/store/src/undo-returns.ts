import { type Actor, AUDIT_COLUMNS, auditId } from "./audit.ts";
import type { TenantId } from "./column-types.ts";
import type { NamedStatement, Statements } from "./database.ts";
import { type GroupRecord, type GroupRow, toGroupRecord } from "./groups.ts";
import type { UndoKey, UndoRecord } from "./undos.ts";
import type { Marked } from "./users.ts";

const RETURN_GROUP: NamedStatement<GroupRow & { parked: string[] }> = {
  name: "return-group",
  text: `
with past as materialized (
  select * from past_groups where tenant_id = $1 and group_id = $3 and directory_id = $2 order by deleted_at desc, id desc limit 1
), back as (
  insert into groups (tenant_id, id, directory_id, display_name, display_name_key, external_id, attributes, version, created_at)
  select $1, group_id, directory_id, display_name, display_name_key, external_id, attributes, version + 1, created_at from past
  on conflict do nothing
  returning id, directory_id, display_name, external_id, attributes, version, created_at, updated_at
), assigned as (
  update assignments a set group_id = back.id, lost_group_id = null from back
  where a.tenant_id = $1 and a.lost_group_id = $3 and a.group_id is null
), ruled as (
  update rules r set group_id = back.id, lost_group_id = null from back
  where r.tenant_id = $1 and r.lost_group_id = $3 and r.group_id is null
), gated as (
  insert into gate_groups (tenant_id, connection_id, group_id)
  select $1, c.id, back.id from back cross join past cross join unnest(past.gates) as o(id) cross join lateral (
    select id from connections where tenant_id = $1 and id = o.id and gate = 'groups' offset 0) c
  on conflict do nothing
), audited as (
  insert into audit (${AUDIT_COLUMNS}) select $1, $4, $5, 'group.return', id::text from back
)
select back.*, past.parked from back cross join past`,
};

/**
 * Brings a deleted group back under its own id, without members, with what named it by its id. Undefined when it is there
 * already or another one has its name.
 */
export async function returnGroup(
  tx: Statements,
  tenantId: TenantId,
  target: { directoryId: string; id: string; actor: Actor },
): Promise<{ record: GroupRecord; parked: string[] } | undefined> {
  const [row] = await tx.named(RETURN_GROUP, [tenantId, target.directoryId, target.id, auditId(), target.actor]);
  return row === undefined ? undefined : { record: toGroupRecord(row), parked: row.parked };
}

// Whoever returns has the accounts they had, those of connections that reach everyone, and the groups that kept a place for them
// meanwhile. Those that they were in give them theirs afterwards.
const RETURN_PEOPLE: NamedStatement<{ ids: string[] | null; connection_ids: string[] | null }> = {
  name: "return-people",
  text: `
with input as (
  select * from unnest($3::uuid[], $4::uuid[]) as t(id, audit_id)
), was as materialized (
  select i.id, i.audit_id, w.active from input i cross join lateral (
    select active from past_people where tenant_id = $1 and user_id = i.id and until > $5::timestamptz order by until, id limit 1) w
), changed as (
  update users u set deleted_at = null, active = w.active, version = u.version + 1, updated_at = now() from was w
  where u.tenant_id = $1 and u.id = w.id and u.directory_id = $2 and u.deleted_at is not null
    and not exists (select 1 from users l where l.tenant_id = $1 and l.directory_id = $2 and l.user_name_key = u.user_name_key and l.deleted_at is null)
    and not exists (select 1 from users l where l.tenant_id = $1 and l.directory_id = $2 and l.external_id = u.external_id and l.deleted_at is null)
  returning u.id, w.audit_id
), returned as (
  delete from parked_members p
  where p.tenant_id = $1 and p.value = any(array(select id::text from changed))
    and exists (select 1 from groups where tenant_id = $1 and id = p.group_id and directory_id = $2 offset 0)
  returning p.group_id, p.value::uuid as user_id
), joined as (
  insert into memberships (tenant_id, group_id, user_id) select $1, group_id, user_id from returned order by 2, 3
  on conflict do nothing returning group_id, user_id
), reached as (
  select group_id, user_id from joined union select a.ancestor_id, joined.user_id from joined cross join lateral (
    select ancestor_id from group_ancestors where tenant_id = $1 and group_id = joined.group_id offset 0) a
), touched as (
  select a.connection_id, r.user_id from reached r cross join lateral (
    select connection_id from assignments where tenant_id = $1 and group_id = r.group_id offset 0) a
  union select t.connection_id, r.user_id from reached r cross join lateral (
    select connection_id from rollout_groups where tenant_id = $1 and group_id = r.group_id offset 0) t
  union select a.connection_id, c.id as user_id from changed c cross join lateral (
    select connection_id from accounts where tenant_id = $1 and user_id = c.id offset 0) a
  union select e.id, c.id from changed c cross join (
    select id from connections where tenant_id = $1 and directory_id = $2 and reaches_everyone) e
), marked as (
  insert into accounts (tenant_id, connection_id, user_id) select $1, connection_id, user_id from touched order by connection_id, user_id
  on conflict (tenant_id, connection_id, user_id) do update
    set desired_generation = accounts.desired_generation + 1, due_at = least(accounts.due_at, now()), state = 'pending', trace_id = excluded.trace_id
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal) select distinct $1::uuid, connection_id, false from touched returning connection_id
), audited as (
  insert into audit (${AUDIT_COLUMNS}) select $1, audit_id, $6, 'user.return', id::text from changed
)
select (select array_agg(id) from changed) as ids, (select array_agg(connection_id) from rung) as connection_ids`,
};

/** Brings deleted people back under their own ids, as active as they were at the undo's time. Answers who came back. */
export async function returnPeople(
  tx: Statements,
  key: UndoKey,
  undo: Pick<UndoRecord, "to">,
  input: { userIds: readonly string[]; actor: Actor },
): Promise<{ returned: Set<string>; marked: Marked }> {
  const { userIds, actor } = input;
  const audits = userIds.map(() => auditId());
  const values = [key.tenantId, key.directoryId, userIds, audits, undo.to, actor];
  const [row] = await tx.named(RETURN_PEOPLE, values);
  return { returned: new Set(row?.ids), marked: { connectionIds: row?.connection_ids ?? [], removal: false } };
}
