import { type Database, inSystem, type NamedStatement } from "./database.ts";
import type { TenantId, WorkspaceId } from "./tables.ts";

/** How a connection is, worst first. late: its work or a removal waits longer than it may; held: removals wait for a decision. */
export const connectionHealths = ["disabled", "quarantined", "late", "held", "paused", "healthy"] as const;
export type ConnectionHealth = (typeof connectionHealths)[number];

export type HealthRecord = { tenantId: TenantId; connectionId: string; health: ConnectionHealth; since: Date | null };

type HealthRow = {
  tenant_id: TenantId;
  connection_id: string;
  health: ConnectionHealth;
  since: Date | null;
  total: number;
};

const HEALTH = `case when disabled_at is not null then 'disabled' when quarantined_at is not null then 'quarantined'
  when stall_noted_at is not null or removal_noted_at is not null then 'late' when hold_expires_at is not null then 'held'
  when paused or suspended then 'paused' else 'healthy' end`;
// One pass over ids and times, some bytes a connection.
const CONNECTION_HEALTH: NamedStatement<HealthRow> = {
  name: "connection-health",
  text: `
with lane as (
  select tenant_id, connection_id, ${HEALTH} as health,
    coalesce(disabled_at, quarantined_at, stall_noted_at, removal_noted_at, paused_at) as since
  from lanes where workspace_id = $1 and webhook_id is null
), numbered as (
  select lane.*, count(*) over (partition by health) as total,
    row_number() over (order by array_position($3::text[], health), connection_id) as place,
    row_number() over (partition by health order by connection_id) as first
  from lane
)
select tenant_id, connection_id, health, since, total from numbered where place <= $2 or first = 1 order by place`,
};

/** Before a tenant is known, ids and times only: how many connections of a workspace are how, and the worst of them. */
export async function readConnectionHealth(
  db: Database,
  workspaceId: WorkspaceId,
  limit: number,
): Promise<{ counts: Record<ConnectionHealth, number>; worst: HealthRecord[] }> {
  const rows = await inSystem(db, (tx) =>
    tx.last.named(CONNECTION_HEALTH, [workspaceId, limit, [...connectionHealths]]),
  );
  const counts = { disabled: 0, quarantined: 0, late: 0, held: 0, paused: 0, healthy: 0 };
  for (const { health, total } of rows) counts[health] = total;
  const worst = rows.slice(0, limit).map(({ tenant_id: tenantId, connection_id: connectionId, health, since }) => ({
    tenantId,
    connectionId,
    health,
    since,
  }));
  return { counts, worst };
}
