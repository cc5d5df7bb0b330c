import { foldCase, type UserState } from "@muster/scim";
import type { Actor } from "./audit.ts";
import { AUDIT_COLUMNS, auditId } from "./audit.ts";
import type { NamedStatement, Statements } from "./database.ts";
import { emailKeys } from "./email-keys.ts";
import type { TenantId } from "./tables.ts";
import { emailMoves } from "./update-users.ts";
import { COLUMNS, type Marked, toUserRecord, type UserRecord, type UserRow } from "./users.ts";

/** Somebody inactive or deleted whom a create with their externalId brings back. */
export type Absentee = { record: UserRecord; deleted: boolean };

// Somebody inactive comes before a tombstone, whoever has the name before the others, then whoever left last. Nobody is
// an absentee of an externalId that somebody active has.
const LOCK_ABSENTEE: NamedStatement<UserRow & { deleted: boolean }> = {
  name: "lock-absentee",
  text: `
select ${COLUMNS}, deleted_at is not null as deleted from users t
where tenant_id = $1 and directory_id = $2 and external_id = $3 and not active
  and not exists (select 1 from users l where l.tenant_id = $1 and l.directory_id = $2 and l.external_id = $3 and l.active)
order by (deleted_at is not null), (user_name_key = $4) desc, coalesce(deleted_at, updated_at) desc limit 1 for update`,
};

/** Finds and locks the person that a create with this externalId brings back (B10, house trap 6). */
export async function lockAbsentee(
  tx: Statements,
  tenantId: TenantId,
  target: { directoryId: string; externalId: string; userName: string },
): Promise<Absentee | undefined> {
  const values = [tenantId, target.directoryId, target.externalId, foldCase(target.userName)];
  const [row] = await tx.named(LOCK_ABSENTEE, values);
  return row === undefined ? undefined : { record: toUserRecord(row), deleted: row.deleted };
}

// Whoever returns has the accounts they had, those of connections that reach everyone, and the groups that kept a place for them. What
// another transaction made of them between look and lock is seen here: then nothing is returned.
const RETURN_USER: NamedStatement<UserRow & { connection_ids: string[] | null }> = {
  name: "return-user",
  text: `
with changed as (
  update users set user_name = $3, user_name_key = $4, active = $6, attributes = $7, version = version + 1, updated_at = now(), deleted_at = null
  where tenant_id = $1 and id = $2 and external_id = $5 and not active and not exists (
    select 1 from users l where l.tenant_id = $1 and l.directory_id = $11 and l.external_id = $5 and l.active)
  returning ${COLUMNS}
), unmailed as (
  delete from user_emails e using changed where e.tenant_id = $1 and e.directory_id = changed.directory_id and e.email_key = any($12::text[]) and e.user_id = changed.id
), mailed as (
  insert into user_emails (tenant_id, directory_id, email_key, user_id)
  select $1, changed.directory_id, key, changed.id from unnest($13::text[]) as e(key) cross join changed on conflict do nothing
), returned as (
  delete from parked_members p
  where p.tenant_id = $1 and p.value = any(array(select id::text from changed))
    and exists (select 1 from groups where tenant_id = $1 and id = p.group_id and directory_id = $11 offset 0)
  returning p.group_id
), joined as (
  insert into memberships (tenant_id, group_id, user_id) select $1, r.group_id, c.id from returned r cross join changed c
  on conflict do nothing returning group_id
), reached as (
  select group_id from joined union select a.ancestor_id from joined cross join lateral (
    select ancestor_id from group_ancestors where tenant_id = $1 and group_id = joined.group_id offset 0) a
), touched as (
  select c.id from connections c, changed where c.tenant_id = $1 and c.directory_id = changed.directory_id and c.reaches_everyone
  union select a.connection_id from reached cross join lateral (
    select connection_id from assignments where tenant_id = $1 and group_id = reached.group_id offset 0) a
  union select t.connection_id from reached cross join lateral (
    select connection_id from rollout_groups where tenant_id = $1 and group_id = reached.group_id offset 0) t
  union select connection_id from accounts where accounts.tenant_id = $1 and accounts.user_id = $2
), marked as (
  insert into accounts (tenant_id, connection_id, user_id) select $1, t.id, changed.id from touched t cross join changed order by 2
  on conflict (tenant_id, connection_id, user_id) do update
    set desired_generation = accounts.desired_generation + 1, due_at = least(accounts.due_at, now()), state = 'pending',
      trace_id = excluded.trace_id
  returning connection_id
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal) select distinct $1::uuid, connection_id, false from marked returning connection_id
), audited as (
  insert into audit (${AUDIT_COLUMNS}) select $1, $8, $9, $10, id::text from changed
)
select ${COLUMNS}, (select array_agg(connection_id) from rung) as connection_ids from changed`,
};

/**
 * Brings a locked person back under their own id: what they are now replaces what they were. Undefined when somebody
 * active took the externalId meanwhile. Throws a unique violation when the userName is taken.
 */
export async function returnUser(
  tx: Statements,
  tenantId: TenantId,
  change: { absentee: Absentee; user: UserState; actor: Actor },
): Promise<{ record: UserRecord; marked: Marked } | undefined> {
  const { absentee, user, actor } = change;
  const { record, deleted } = absentee;
  const [row] = await tx.named(RETURN_USER, [
    tenantId,
    record.id,
    user.userName,
    foldCase(user.userName),
    user.externalId,
    user.active,
    JSON.stringify(user.attributes),
    auditId(),
    actor,
    deleted ? "user.revive" : "user.reactivate",
    record.directoryId,
    emailMoves(record.user.attributes, user.attributes).gone,
    emailKeys(user.attributes),
  ]);
  if (row === undefined) return undefined;
  return { record: toUserRecord(row), marked: { connectionIds: row.connection_ids ?? [], removal: false } };
}
