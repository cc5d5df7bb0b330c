import { sql } from "kysely";
import type { NamedStatement, Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";

/** A direct member of a group: a person, or a group of the same directory. */
export type Member = { groupId: string; id: string; type: "User" | "Group"; display: string };

// A look-up by key for each member, whatever the planner believes of tables that grew since it last looked.
// `deleted_at` is judged outside of the look-up, where it would offer the planner an index over the whole directory (ADR 0010).
const LIST_MEMBERS: NamedStatement<{ group_id: string; id: string; type: Member["type"]; display: string }> = {
  name: "list-members",
  text: `
select m.group_id, u.id, 'User' as type, u.display from memberships m cross join lateral (
  select id, coalesce(attributes ->> 'displayName', user_name) as display, deleted_at from users
  where tenant_id = $1 and id = m.user_id offset 0) u
where m.tenant_id = $1 and m.group_id = any($2::uuid[]) and u.deleted_at is null
union all
select e.group_id, g.id, 'Group', g.display_name from group_members e cross join lateral (
  select id, display_name from groups where tenant_id = $1 and id = e.member_group_id offset 0) g
where e.tenant_id = $1 and e.group_id = any($2::uuid[])
order by 1, 2`,
};

/** Lists the direct members of these groups in one statement. */
export async function listMembers(tx: Statements, tenantId: TenantId, groupIds: readonly string[]): Promise<Member[]> {
  const rows = await tx.named(LIST_MEMBERS, [tenantId, groupIds]);
  return rows.map((row) => ({ groupId: row.group_id, id: row.id, type: row.type, display: row.display }));
}

/** One page of a group's members in the order of their ids, people only, for the admin API. */
export async function pageMembers(
  tx: Statements,
  tenantId: TenantId,
  page: { groupId: string; after: string | undefined; limit: number },
): Promise<{ id: string; userName: string; displayName: string | null; active: boolean }[]> {
  let query = tx.sql
    .selectFrom("memberships as m")
    .innerJoin("users as u", (join) => join.onRef("u.tenant_id", "=", "m.tenant_id").onRef("u.id", "=", "m.user_id"))
    .select(["u.id", "u.user_name as userName", "u.active"])
    .select(sql<string | null>`u.attributes ->> 'displayName'`.as("displayName"))
    .where("m.tenant_id", "=", tenantId)
    .where("m.group_id", "=", page.groupId)
    .where("u.deleted_at", "is", null)
    .orderBy("m.user_id")
    .limit(page.limit);
  if (page.after !== undefined) query = query.where("m.user_id", ">", page.after);
  return await tx.run(query);
}

/** One page of the values that a group keeps for people who are not here (B19), in their order, for the admin API. */
export async function pageParkedMembers(
  tx: Statements,
  tenantId: TenantId,
  page: { groupId: string; after: string | undefined; limit: number },
): Promise<{ value: string; createdAt: Date }[]> {
  let query = tx.sql
    .selectFrom("parked_members")
    .select(["value", "created_at as createdAt"])
    .where("tenant_id", "=", tenantId)
    .where("group_id", "=", page.groupId)
    .orderBy("value")
    .limit(page.limit);
  if (page.after !== undefined) query = query.where("value", ">", page.after);
  return await tx.run(query);
}
