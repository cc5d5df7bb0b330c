import type { NamedStatement, Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";

const COUNT_MEMBERS: NamedStatement<{ members: number }> = {
  name: "count-members-up-to",
  text: `
select count(*) as members from (
  select 1 from memberships where tenant_id = $1 and group_id = any($2::uuid[])
  union all select 1 from group_members where tenant_id = $1 and group_id = any($2::uuid[])
  limit $3) m`,
};

/** Counts the members of these groups together, and stops at `limit`: a cheap look before they are read. */
export async function countMembersUpTo(
  tx: Statements,
  tenantId: TenantId,
  groups: { ids: readonly string[]; limit: number },
): Promise<number> {
  const [row] = await tx.named(COUNT_MEMBERS, [tenantId, groups.ids, groups.limit]);
  return row?.members ?? 0;
}
