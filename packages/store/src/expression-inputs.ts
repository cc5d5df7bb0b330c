import type { NamedStatement, Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";

const GROUP_NAMES: NamedStatement<{ user_id: string; names: string[] }> = {
  name: "group-names-of-people",
  text: `
with direct as materialized (
  select p.user_id, m.group_id from unnest($2::uuid[]) as p(user_id) cross join lateral (
    select group_id from memberships where tenant_id = $1 and user_id = p.user_id offset 0) m
), reached as (
  select user_id, group_id from direct
  union select d.user_id, a.ancestor_id from direct d cross join lateral (
    select ancestor_id from group_ancestors where tenant_id = $1 and group_id = d.group_id offset 0) a
)
select r.user_id, array_agg(g.display_name order by g.display_name) as names
from reached r cross join lateral (select display_name from groups where tenant_id = $1 and id = r.group_id offset 0) g group by r.user_id`,
};

/** Reads the names of the groups that people are in, also through nesting, for a whole batch; whoever is in none is missing. */
export async function getGroupNames(
  tx: Statements,
  tenantId: TenantId,
  userIds: readonly string[],
): Promise<Map<string, string[]>> {
  const rows = await tx.named(GROUP_NAMES, [tenantId, userIds]);
  return new Map(rows.map((row) => [row.user_id, row.names]));
}

const MANUAL_ROLES: NamedStatement<{ user_id: string; roles: { role: string; effect: "grant" | "remove" }[] }> = {
  name: "manual-roles-of-people",
  text: `
select user_id, json_agg(json_build_object('role', role_key, 'effect', effect) order by role_key) as roles
from manual_roles where tenant_id = $1 and connection_id = $2 and user_id = any($3::uuid[]) group by user_id`,
};

/** Reads the roles that were given to people, or taken from them, by hand; whoever has none is missing. */
export async function getManualRoles(
  tx: Statements,
  lane: { tenantId: TenantId; connectionId: string },
  userIds: readonly string[],
): Promise<Map<string, { role: string; effect: "grant" | "remove" }[]>> {
  const rows = await tx.named(MANUAL_ROLES, [lane.tenantId, lane.connectionId, userIds]);
  return new Map(rows.map((row) => [row.user_id, row.roles]));
}
