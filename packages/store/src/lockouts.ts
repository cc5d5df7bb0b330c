import type { LaneRef } from "./accounts.ts";
import type { NamedStatement, Statements } from "./database.ts";
import { fence } from "./fence.ts";
import type { TenantId } from "./tables.ts";

/** Whom no change may lock out of an app. */
export type ProtectedPerson = { id: string; userName: string };

const LIST_PROTECTED: NamedStatement<ProtectedPerson> = {
  name: "list-protected-people",
  text: `
select p.user_id as id, u.user_name as "userName" from protected_people p cross join lateral (
  select user_name from users where tenant_id = $1 and id = p.user_id offset 0) u
where p.tenant_id = $1 and p.connection_id = $2 order by p.user_id`,
};

/** Lists the people of a connection who are protected by name. */
export async function listProtectedPeople(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
): Promise<ProtectedPerson[]> {
  return await tx.named(LIST_PROTECTED, [tenantId, connectionId]);
}

/** Replaces who is protected by name. */
export async function replaceProtectedPeople(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  userIds: readonly string[],
): Promise<void> {
  await tx.run(
    tx.sql.deleteFrom("protected_people").where("tenant_id", "=", tenantId).where("connection_id", "=", connectionId),
  );
  if (userIds.length === 0) return;
  const rows = userIds.map((userId) => ({ tenant_id: tenantId, connection_id: connectionId, user_id: userId }));
  await tx.run(tx.sql.insertInto("protected_people").values(rows));
}

/** Of a batch: who is protected by name, and which of these roles somebody active outside the batch has in the app. */
export type BatchProtection = { userIds: string[]; heldElsewhere: string[] };

// A search for another holder ends with the first one; only where there is none are all accounts of the app read.
const READ_PROTECTION: NamedStatement<BatchProtection> = {
  name: "read-protection",
  text: `
select (select coalesce(array_agg(user_id), '{}') from protected_people where tenant_id = $1 and connection_id = $2 and user_id = any($3::uuid[])) as "userIds",
  (select coalesce(array_agg(r.role), '{}') from unnest($4::text[]) as r(role) where exists (
    select 1 from accounts where tenant_id = $1 and connection_id = $2 and remote_id is not null and applied ->> 'active' is distinct from 'false'
      and applied -> 'roles' @> jsonb_build_array(jsonb_build_object('value', r.role)) and user_id <> all($3::uuid[]) offset 0)) as "heldElsewhere"`,
};

/** Reads what protects the people of a batch, and who else has the protected roles that they have. */
export async function readProtection(
  tx: Statements,
  lane: { tenantId: TenantId; connectionId: string },
  batch: { userIds: readonly string[]; roles: readonly string[] },
): Promise<BatchProtection> {
  const [row] = await tx.named(READ_PROTECTION, [lane.tenantId, lane.connectionId, batch.userIds, batch.roles]);
  if (row === undefined) throw new Error("An aggregate must return a row");
  return row;
}

/** Somebody whom no change took out, or whose role none took, and why. */
export type Lockout = { userId: string; role: string | null; reason: string };

const RECORD_LOCKOUTS: NamedStatement<{ user_id: string; is_new: boolean }> = {
  name: "record-lockouts",
  text: `
with ${fence("$2", "$3")}, found as (
  select * from jsonb_to_recordset($4::jsonb) as f("userId" uuid, role text, reason text)
), over as (
  delete from lockouts l using fence where l.tenant_id = $1 and l.connection_id = $2 and l.user_id = any($5::uuid[]) returning l.user_id
), put as (
  insert into lockouts (tenant_id, connection_id, user_id, role_key, reason) select $1, $2, f."userId", f.role, f.reason from found f, fence order by 3
  on conflict (tenant_id, connection_id, user_id) do update set role_key = excluded.role_key, reason = excluded.reason
  returning user_id
)
select user_id, true as is_new from put union all select user_id, false from over`,
};

/** Notes who was kept, and of whom that is over, only while this holder's epoch still stands; answers whom it noted. */
export async function recordLockouts(
  tx: Statements,
  lane: LaneRef,
  input: { kept: readonly Lockout[]; over: readonly string[] },
): Promise<{ kept: string[]; over: string[] }> {
  const values = [lane.tenantId, lane.connectionId, lane.epoch, JSON.stringify(input.kept), input.over];
  const rows = await tx.named(RECORD_LOCKOUTS, values);
  const of = (isNew: boolean): string[] => rows.filter((row) => row.is_new === isNew).map((row) => row.user_id);
  return { kept: of(true), over: of(false) };
}

const LOOK_AGAIN: NamedStatement<{ user_id: string }> = {
  name: "look-again-at-lockouts",
  text: `
update accounts set desired_generation = desired_generation + 1, due_at = now(), state = 'pending'
where tenant_id = $1 and connection_id = $2 and user_id = any(array(
  select user_id from lockouts where tenant_id = $1 and connection_id = $2 and role_key = any($3::text[])))
  and exists (select 1 from lanes where connection_id = $2 and epoch = $4)
returning user_id`,
};

/** Makes due whoever was kept as the last to have one of these roles, because somebody else has it now. */
export async function lookAgainAtLockouts(tx: Statements, lane: LaneRef, roles: readonly string[]): Promise<void> {
  await tx.named(LOOK_AGAIN, [lane.tenantId, lane.connectionId, roles, lane.epoch]);
}
