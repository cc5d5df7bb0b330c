import type { NamedStatement, Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";

/** A group that a user is in, as the read-only `groups` attribute shows it: as a member, or through nesting. */
export type GroupReference = { id: string; displayName: string; type: "direct" | "indirect" };

/**
 * The groups of a user as JSON: those that name the user, and those above them. `$1` is the tenant, `user` the expression
 * for the user's id. One that is both is direct (RFC 7643 §4.1.2).
 */
export const groupsOfUser = (user: string): string => `(
  select json_agg(json_build_object('id', g.id, 'displayName', g.display_name, 'type', case when r.direct then 'direct' else 'indirect' end)
    order by g.display_name_key)
  from (
    select reach.group_id, bool_or(reach.direct) as direct from memberships m cross join lateral (
      select m.group_id, true as direct
      union all select ancestor_id, false from group_ancestors where tenant_id = $1 and group_id = m.group_id offset 0) reach
    where m.tenant_id = $1 and m.user_id = ${user} group by reach.group_id
  ) r cross join lateral (
    select id, display_name, display_name_key from groups where tenant_id = $1 and id = r.group_id offset 0) g)`;

const LIST_GROUPS_OF_USERS: NamedStatement<{ user_id: string; groups: GroupReference[] | null }> = {
  name: "list-groups-of-users",
  text: `select w.id as user_id, ${groupsOfUser("w.id")} as groups from unnest($2::uuid[]) as w(id)`,
};

/** Lists the groups that these users are in, directly or through nesting, in one statement. */
export async function listGroupsOfUsers(
  tx: Statements,
  tenantId: TenantId,
  userIds: readonly string[],
): Promise<Map<string, GroupReference[]>> {
  const rows = await tx.named(LIST_GROUPS_OF_USERS, [tenantId, userIds]);
  return new Map(rows.map((row) => [row.user_id, row.groups ?? []]));
}
