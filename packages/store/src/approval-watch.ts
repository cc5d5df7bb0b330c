import { type Database, inSystem, type NamedStatement, type Statements } from "./database.ts";
import type { LaneKey } from "./lanes.ts";
import type { TenantId } from "./tables.ts";

const NOTE: NamedStatement<object> = {
  name: "note-approvals",
  text: `
update lanes set approval_since = $3, approval_told_at = case when $3::timestamptz is null then null when $4 then now() else approval_told_at end
where tenant_id = $1 and connection_id = $2`,
};

/** Remembers since when the oldest step of a lane has waited for approval, and that administrators were told of it just now. */
export async function noteApprovals(
  tx: Statements,
  lane: LaneKey,
  noted: { since: Date | null; told: boolean },
): Promise<void> {
  await tx.named(NOTE, [lane.tenantId, lane.connectionId, noted.since, noted.told]);
}

const OVERDUE: NamedStatement<{ tenant_id: TenantId; connection_id: string }> = {
  name: "overdue-approvals",
  text: `
select tenant_id, connection_id from lanes
where approval_since < now() - $1::float8 * interval '1 millisecond'
  and (approval_told_at is null or approval_told_at < now() - $1::float8 * interval '1 millisecond')
order by approval_since limit $2`,
};

/** Before a tenant is known, ids and times only: lanes in which somebody has waited for approval for so long, and nobody was told since. */
export async function listOverdueApprovals(db: Database, waitedMs: number, limit: number): Promise<LaneKey[]> {
  const rows = await inSystem(db, (tx) => tx.last.named(OVERDUE, [waitedMs, limit]));
  return rows.map((row) => ({ tenantId: row.tenant_id, connectionId: row.connection_id }));
}
