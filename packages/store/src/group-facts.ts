import type { NamedStatement, Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";
import { toTraceId } from "./trace-id.ts";

/** A group, and how somebody came to be in it; both null when they are not, or came before this was kept. */
export type GroupFacts = { id: string; displayName: string; memberSince: Date | null; traceId: string | null };

// Look-ups by key only. Somebody who is in it several ways, directly and through others, came with the first that still holds.
const GROUP_FACTS: NamedStatement<Omit<GroupFacts, "traceId"> & { trace_id: string | null }> = {
  name: "group-facts",
  text: `
select g.id, g.display_name as "displayName", came.at as "memberSince", came.trace_id
from unnest($3::uuid[]) wanted(id) cross join lateral (
  select id, display_name from groups where tenant_id = $1 and id = wanted.id offset 0) g
left join lateral (
  select m.at, m.trace_id from memberships m where m.tenant_id = $1 and m.user_id = $2 and (m.group_id = g.id
    or exists (select 1 from group_ancestors a where a.tenant_id = $1 and a.ancestor_id = g.id and a.group_id = m.group_id offset 0))
  order by m.at limit 1) came on true`,
};

/** Reads what these groups are called, and since when and by which request a person is in each, directly or through nesting. */
export async function getGroupFacts(
  tx: Statements,
  tenantId: TenantId,
  input: { userId: string; groupIds: readonly string[] },
): Promise<Map<string, GroupFacts>> {
  const rows = await tx.named(GROUP_FACTS, [tenantId, input.userId, input.groupIds]);
  return new Map(rows.map(({ trace_id, ...group }) => [group.id, { ...group, traceId: toTraceId(trace_id) }]));
}
