import type { NamedStatement, Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";

const OPEN_GATE: NamedStatement<{ id: string }> = {
  name: "open-gate",
  text: `
with opened as (
  update connections set gate = case when $3::uuid[] is null then 'open' else 'groups' end where tenant_id = $1 and id = $2 and gate <> 'open'
  returning id
), cleared as (
  delete from gate_groups using opened where $3 is null and gate_groups.tenant_id = $1 and gate_groups.connection_id = opened.id
), added as (
  insert into gate_groups (tenant_id, connection_id, group_id) select $1, opened.id, g.id from opened, unnest($3::uuid[]) as g(id)
  order by 3 on conflict do nothing
)
select id from opened`,
};

/** Opens a gate, for the people of some groups more or, with null, for everybody; false when it was open for everybody already. */
export async function openGate(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  groupIds: readonly string[] | null,
): Promise<boolean> {
  return (await tx.named(OPEN_GATE, [tenantId, connectionId, groupIds])).length > 0;
}

const LIST_GATE_GROUPS: NamedStatement<{ connection_id: string; group_ids: string[] }> = {
  name: "list-gate-groups",
  text: `
select connection_id, array_agg(group_id order by group_id) as group_ids from gate_groups
where tenant_id = $1 and connection_id = any($2::uuid[]) group by connection_id`,
};

/** Lists for which groups' people these connections are open, where not for everybody. */
export async function listGateGroups(
  tx: Statements,
  tenantId: TenantId,
  connectionIds: readonly string[],
): Promise<Map<string, string[]>> {
  const rows = await tx.named(LIST_GATE_GROUPS, [tenantId, connectionIds]);
  return new Map(rows.map((row) => [row.connection_id, row.group_ids]));
}
