import type { Database, NamedStatement, Statements } from "./database.ts";
import { inSystem, inWorkspace } from "./database.ts";
import type { TenantId, WorkspaceId } from "./tables.ts";

// Whose changes become events. Asked by the triggers for every statement, so outside row-level security: ids, positions and
// times only.

export type EventStream = {
  enabled: boolean;
  /** How long events are kept. */
  days: number;
  /** Every transaction that may have begun before events were switched on has ended: from here on nothing is missing. */
  ready: boolean;
};

const GET_STREAM: NamedStatement<EventStream> = {
  name: "get-event-stream",
  text: `
select enabled, days, coalesce(pg_snapshot_xmin(pg_current_snapshot()) >= barrier, false) as ready
from event_streams where tenant_id = $1 and workspace_id = $2`,
};

/** Reads whether a tenant has events; undefined when it never had. */
export async function getEventStream(
  tx: Statements,
  tenantId: TenantId,
  workspaceId: WorkspaceId,
): Promise<EventStream | undefined> {
  const [row] = await tx.named(GET_STREAM, [tenantId, workspaceId]);
  return row;
}

const PUT_STREAM: NamedStatement<object> = {
  name: "put-event-stream",
  text: `
insert into event_streams as s (tenant_id, workspace_id, enabled, days) values ($1, $2, $3, coalesce($4, 30))
on conflict (tenant_id) do update set enabled = excluded.enabled, days = coalesce($4, s.days),
  barrier = case when excluded.enabled and not s.enabled then null else s.barrier end`,
};

/** Switches events on or off. Once that is committed `settleStreams` must follow. */
export async function putEventStream(
  tx: Statements,
  tenantId: TenantId,
  stream: { workspaceId: WorkspaceId; enabled: boolean; days: number | null },
): Promise<void> {
  await tx.named(PUT_STREAM, [tenantId, stream.workspaceId, stream.enabled, stream.days]);
}

const ENABLE_ALL: NamedStatement<object> = {
  name: "enable-event-streams",
  text: `
insert into event_streams as s (tenant_id, workspace_id, enabled)
select id, workspace_id, true from tenants where workspace_id = $1 and ($2::uuid is null or id = $2)
on conflict (tenant_id) do update set enabled = true, barrier = null where not s.enabled`,
};

/** Switches events on for every tenant of a workspace, or for one. Once that is committed `settleStreams` must follow. */
export async function enableEventStreams(
  tx: Statements,
  workspaceId: WorkspaceId,
  tenantId: TenantId | null,
): Promise<void> {
  await tx.named(ENABLE_ALL, [workspaceId, tenantId]);
}

// What a writer that began before had written by then has no events, and the next positions are all above this one.
const SETTLE: NamedStatement<object> = {
  name: "settle-event-streams",
  text: `
update event_streams set barrier = pg_snapshot_xmax(pg_current_snapshot()), floor_place = pg_snapshot_xmax(pg_current_snapshot()), floor_seq = 0
where workspace_id = $1 and enabled and barrier is null`,
};

/**
 * Notes, after events were switched on and that is committed, from which position on they are complete. Whatever cursor is from
 * before has missed something.
 */
export async function settleStreams(db: Database, workspaceId: WorkspaceId): Promise<void> {
  await inWorkspace(db, workspaceId, (tx) => tx.last.named(SETTLE, [workspaceId]));
}

const LIST_STREAMS: NamedStatement<{ tenant_id: TenantId }> = {
  name: "list-event-streams",
  text: "select tenant_id from event_streams where $1::uuid is null or tenant_id > $1 order by tenant_id limit $2",
};

/** Lists tenants that have or had events, a page after the last one seen: read before a tenant is known. */
export async function listEventTenants(
  db: Database,
  page: { after: TenantId | undefined; limit: number },
): Promise<TenantId[]> {
  const rows = await inSystem(db, (tx) => tx.last.named(LIST_STREAMS, [page.after ?? null, page.limit]));
  return rows.map((row) => row.tenant_id);
}
