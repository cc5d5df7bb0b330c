import type { NamedStatement, Statements } from "./database.ts";
import type { DeliveryOutcome } from "./event-tables.ts";
import { type EventPosition, type EventRecord, getEvent } from "./events.ts";
import { fence } from "./fence.ts";
import type { LaneLease } from "./lanes.ts";
import type { TenantId, WorkspaceId } from "./tables.ts";

const LOCK_WORKSPACE: NamedStatement<object> = {
  name: "lock-workspace",
  text: "select id from workspaces where id = $1 for update",
};

/** Has tenants that are being made wait, or waits for them: a tenant refers to its workspace, so neither misses the other. */
export async function lockWorkspace(tx: Statements, workspaceId: WorkspaceId): Promise<void> {
  await tx.named(LOCK_WORKSPACE, [workspaceId]);
}

// A lane begins with what is not committed yet. Its own id is the lane's, since it has no connection.
const OPEN_LANES: NamedStatement<object> = {
  name: "open-webhook-lanes",
  text: `
with fresh as (
  insert into webhook_lanes (lane_id, tenant_id, workspace_id, webhook_id, place, seq, snapshot)
  select gen_random_uuid(), t.id, w.workspace_id, w.id, pg_snapshot_xmin(s.snapshot), 0, s.snapshot
  from webhooks w join tenants t on t.workspace_id = w.workspace_id cross join (select pg_current_snapshot() as snapshot) s
  where w.workspace_id = $1 and ($2::uuid is null or w.id = $2) and ($3::uuid is null or t.id = $3)
  on conflict (tenant_id, webhook_id) do nothing
  returning lane_id, tenant_id, webhook_id
), streamed as (
  insert into event_streams (tenant_id, workspace_id, enabled, barrier) select distinct tenant_id, $1::uuid, true, '0'::xid8 from fresh where $3 is not null
  on conflict (tenant_id) do nothing
)
insert into lanes (connection_id, tenant_id, workspace_id, webhook_id, suspended, compare_at, disabled_at)
select f.lane_id, f.tenant_id, $1, f.webhook_id, t.suspended_at is not null, null, case when w.state = 'disabled' then now() end
from fresh f join tenants t on t.workspace_id = $1 and t.id = f.tenant_id join webhooks w on w.workspace_id = $1 and w.id = f.webhook_id`,
};

/**
 * Makes the lanes between a workspace's webhooks and its tenants that are not there yet: of one webhook, whose tenants have
 * their events switched on, or of one tenant that is being made, and has events from its first row on.
 */
export async function openWebhookLanes(
  tx: Statements,
  workspaceId: WorkspaceId,
  of: { webhookId: string } | { tenantId: TenantId },
): Promise<void> {
  const webhookId = "webhookId" in of ? of.webhookId : null;
  const tenantId = "tenantId" in of ? of.tenantId : null;
  await tx.named(OPEN_LANES, [workspaceId, webhookId, tenantId]);
}

const START_LANES: NamedStatement<{ tenant_id: TenantId }> = {
  name: "start-webhook-lanes",
  text: `
with start as (
  select * from unnest($3::uuid[], $4::xid8[], $5::bigint[], $6::pg_snapshot[]) as s(tenant_id, place, seq, snapshot)
), moved as (
  update webhook_lanes l set place = s.place, seq = s.seq, snapshot = s.snapshot from start s
  where l.workspace_id = $1 and l.webhook_id = $2 and l.tenant_id = s.tenant_id returning l.tenant_id, l.lane_id
), due as (
  update lanes set due_at = now() from moved where lanes.connection_id = moved.lane_id
)
select tenant_id from moved`,
};

/** Has a new webhook begin elsewhere than now in some tenants; answers in which of them. */
export async function startWebhookLanes(
  tx: Statements,
  workspaceId: WorkspaceId,
  webhookId: string,
  starts: readonly { tenantId: TenantId; position: EventPosition }[],
): Promise<TenantId[]> {
  const rows = await tx.named(START_LANES, [
    workspaceId,
    webhookId,
    starts.map(({ tenantId }) => tenantId),
    starts.map(({ position }) => position.place),
    starts.map(({ position }) => position.seq),
    starts.map(({ position }) => position.snapshot),
  ]);
  return rows.map((row) => row.tenant_id);
}

const DISABLE_LANES: NamedStatement<object> = {
  name: "disable-webhook-lanes",
  text: `
with lane as (
  update lanes set disabled_at = case when $3 then now() end, due_at = now(), nudged = not $3 and coalesce(lease_until > now(), false)
  where workspace_id = $1 and webhook_id = $2 returning connection_id
)
update webhook_lanes set attempts = 0, failing_since = null from lane where lane_id = lane.connection_id`,
};

/** Stops a webhook's lanes, or has them go on at once where they were. */
export async function disableWebhookLanes(
  tx: Statements,
  workspaceId: WorkspaceId,
  webhookId: string,
  disabled: boolean,
): Promise<void> {
  await tx.named(DISABLE_LANES, [workspaceId, webhookId, disabled]);
}

const DELETE_LANES: NamedStatement<object> = {
  name: "delete-webhook-lanes",
  text: `
with gone as (delete from webhook_lanes where workspace_id = $1 and webhook_id = $2)
delete from lanes where workspace_id = $1 and webhook_id = $2`,
};

/** Deletes a webhook's lanes: whoever holds one records nothing more. */
export async function deleteWebhookLanes(tx: Statements, workspaceId: WorkspaceId, webhookId: string): Promise<void> {
  await tx.named(DELETE_LANES, [workspaceId, webhookId]);
}

export type WebhookLaneState = {
  laneId: string;
  position: EventPosition;
  attempts: number;
  failingSince: Date | null;
  failingForMs: number;
  nextTryAt: Date | null;
  /** There are events after the position, shown or not yet. */
  behind: boolean;
  /** Something was asked for out of turn and is not sent yet. */
  asked: boolean;
};

const GET_LANE: NamedStatement<{
  lane_id: string;
  place: string;
  seq: number;
  snapshot: string | null;
  attempts: number;
  failing_since: Date | null;
  failing_ms: number;
  due_at: Date | null;
  behind: boolean;
  asked: boolean;
}> = {
  name: "get-webhook-lane",
  text: `
select l.lane_id, l.place::text as place, l.seq, l.snapshot::text as snapshot, l.attempts, l.failing_since,
  coalesce(extract(epoch from now() - l.failing_since)::float8 * 1000, 0) as failing_ms, n.due_at,
  exists (select 1 from events e where e.tenant_id = $1 and (e.place, e.seq) > (l.place, l.seq)
    and (l.snapshot is null or not pg_visible_in_snapshot(e.xid, l.snapshot))) as behind,
  exists (select 1 from webhook_redeliveries r where r.tenant_id = $1 and r.webhook_id = $2) as asked
from webhook_lanes l join lanes n on n.connection_id = l.lane_id where l.tenant_id = $1 and l.webhook_id = $2`,
};

/** Reads how far a webhook was told of a tenant's events. */
export async function getWebhookLane(
  tx: Statements,
  tenantId: TenantId,
  webhookId: string,
): Promise<WebhookLaneState | undefined> {
  const [row] = await tx.named(GET_LANE, [tenantId, webhookId]);
  if (row === undefined) return undefined;
  return {
    laneId: row.lane_id,
    position: { place: row.place, seq: row.seq, snapshot: row.snapshot },
    attempts: row.attempts,
    failingSince: row.failing_since,
    failingForMs: row.failing_ms,
    nextTryAt: row.due_at,
    behind: row.behind,
    asked: row.asked,
  };
}

/** What is sent out of turn: an event again, or a test. */
export type Redelivery = { id: string; event: EventRecord | null };

const DROP_REDELIVERIES: NamedStatement<object> = {
  name: "drop-redeliveries",
  text: `
delete from webhook_redeliveries r where r.tenant_id = $1 and r.webhook_id = $2 and r.event_id is not null
  and not exists (select 1 from events e where e.tenant_id = $1 and e.id = r.event_id)`,
};
const FIRST_REDELIVERY: NamedStatement<{ id: string; event_id: string | null }> = {
  name: "first-redelivery",
  text: "select id, event_id from webhook_redeliveries where tenant_id = $1 and webhook_id = $2 order by id limit 1",
};

/** The first of what is to be sent out of turn; what is not kept any more is left out. */
export async function nextRedelivery(
  tx: Statements,
  tenantId: TenantId,
  webhookId: string,
): Promise<Redelivery | undefined> {
  const [row] = await tx.named(FIRST_REDELIVERY, [tenantId, webhookId]);
  if (row === undefined) return undefined;
  if (row.event_id === null) return { id: row.id, event: null };
  const event = await getEvent(tx, tenantId, row.event_id);
  if (event !== undefined) return { id: row.id, event };
  await tx.named(DROP_REDELIVERIES, [tenantId, webhookId]);
  return await nextRedelivery(tx, tenantId, webhookId);
}

/** One try to tell a webhook. */
export type NewDelivery = {
  id: string;
  eventId: string | null;
  type: string;
  outcome: DeliveryOutcome;
  status: number | null;
  detail: string | null;
  durationMs: number;
  number: number;
};

export type DeliveryRecord = {
  delivery: NewDelivery;
  /** Where the lane goes on; null where it was. */
  position: EventPosition | null;
  /** What was sent out of turn and is through with. */
  spentId: string | null;
  attempts: number;
};

const RECORD_DELIVERY: NamedStatement<{ held: boolean }> = {
  name: "record-delivery",
  text: `
with ${fence("$3", "$4")}, written as (
  insert into webhook_deliveries (tenant_id, webhook_id, id, event_id, type, outcome, status, detail, duration_ms, number)
  select $1, $2, $5, $6, $7, $8, $9, $10, $11, $12 from fence
), moved as (
  update webhook_lanes l set place = coalesce($13::xid8, l.place), seq = coalesce($14::bigint, l.seq),
    snapshot = case when $13::xid8 is null then l.snapshot else $15::pg_snapshot end, attempts = $16,
    failing_since = case when $16 > 0 then coalesce(l.failing_since, now()) end
  from fence where l.lane_id = $3
), spent as (
  delete from webhook_redeliveries r using fence where r.tenant_id = $1 and r.webhook_id = $2 and r.id = $17
)
select exists (select 1 from fence) as held`,
};

/**
 * Records one try and moves the lane on with it, only while this holder's epoch still stands; false means the fence refused
 * and nothing was recorded.
 */
export async function recordDelivery(
  tx: Statements,
  lease: LaneLease,
  webhookId: string,
  { delivery, position, spentId, attempts }: DeliveryRecord,
): Promise<boolean> {
  const [row] = await tx.named(RECORD_DELIVERY, [
    lease.tenantId,
    webhookId,
    lease.connectionId,
    lease.epoch,
    delivery.id,
    delivery.eventId,
    delivery.type,
    delivery.outcome,
    delivery.status,
    delivery.detail,
    delivery.durationMs,
    delivery.number,
    position?.place ?? null,
    position?.seq ?? null,
    position?.snapshot ?? null,
    attempts,
    spentId,
  ]);
  return row?.held === true;
}

const MOVE_LANE: NamedStatement<object> = {
  name: "move-webhook-lane",
  text: `
update webhook_lanes set place = $3, seq = $4, snapshot = $5 where lane_id = $1
  and exists (select 1 from lanes where connection_id = $1 and epoch = $2 for share)`,
};

/** Moves a lane past events that its webhook does not want. */
export async function moveWebhookLane(tx: Statements, lease: LaneLease, position: EventPosition): Promise<void> {
  const { place, seq, snapshot } = position;
  await tx.named(MOVE_LANE, [lease.connectionId, lease.epoch, place, seq, snapshot]);
}

const NOTE_SUCCESS: NamedStatement<object> = {
  name: "note-webhook-success",
  text: `
update webhooks set last_success_at = now() where workspace_id = $1 and id = $2
  and (last_success_at is null or last_success_at < now() - interval '1 minute')`,
};

/** Notes that a webhook took something, to the minute: many lanes share this row. */
export async function noteWebhookSuccess(tx: Statements, workspaceId: WorkspaceId, webhookId: string): Promise<void> {
  await tx.named(NOTE_SUCCESS, [workspaceId, webhookId]);
}
