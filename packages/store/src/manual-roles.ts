import type { Actor } from "./audit.ts";
import type { NamedStatement, Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";

export type ManualRoleRecord = { role: string; effect: "grant" | "remove"; actor: string; at: Date };
type PersonKey = { connectionId: string; userId: string };

const LIST: NamedStatement<ManualRoleRecord> = {
  name: "list-manual-roles",
  text: `
select role_key as role, effect, actor, at from manual_roles where tenant_id = $1 and connection_id = $2 and user_id = $3 order by role_key`,
};

/** Lists what was given to a person, or taken from them, by hand. */
export async function listManualRoles(tx: Statements, tenantId: TenantId, key: PersonKey): Promise<ManualRoleRecord[]> {
  return await tx.named(LIST, [tenantId, key.connectionId, key.userId]);
}

// What stays as it is keeps who did it and when. The account, if there is one, is looked at again.
const REPLACE: NamedStatement<{ user_id: string }> = {
  name: "replace-manual-roles",
  text: `
with wanted as (
  select * from unnest($4::text[], $5::text[]) as w(role_key, effect)
), gone as (
  delete from manual_roles where tenant_id = $1 and connection_id = $2 and user_id = $3 and role_key <> all($4)
), put as (
  insert into manual_roles as m (tenant_id, connection_id, user_id, role_key, effect, actor) select $1, $2, $3, role_key, effect, $6 from wanted order by role_key
  on conflict (tenant_id, connection_id, user_id, role_key) do update set effect = excluded.effect, actor = excluded.actor, at = now()
  where m.effect <> excluded.effect
), marked as (
  update accounts set desired_generation = desired_generation + 1, due_at = now(), state = 'pending'
  where tenant_id = $1 and connection_id = $2 and user_id = $3 returning user_id
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal) select $1::uuid, $2::uuid, false from marked
)
select user_id from marked`,
};

/** Replaces what is given to a person, and taken from them, by hand. */
export async function replaceManualRoles(
  tx: Statements,
  tenantId: TenantId,
  key: PersonKey,
  change: { roles: readonly { role: string; effect: "grant" | "remove" }[]; actor: Actor },
): Promise<void> {
  await tx.named(REPLACE, [
    tenantId,
    key.connectionId,
    key.userId,
    change.roles.map(({ role }) => role),
    change.roles.map(({ effect }) => effect),
    change.actor,
  ]);
}
