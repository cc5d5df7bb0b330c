import { sql } from "kysely";
import type { Database, NamedStatement, Statements } from "./database.ts";
import { inSystem } from "./database.ts";
import type { MinuteCount, TenantId, WorkspaceId } from "./tables.ts";

// Lanes are leased before their tenant's rows may be touched, so they hold ids and times only and stand outside
// row-level security. Every function here that opens its own transaction is listed in before-tenant.test.ts.

export type LaneKey = { tenantId: TenantId; connectionId: string };

export type LaneLease = LaneKey & {
  workspaceId: WorkspaceId;
  epoch: number;
  leaseMs: number;
  failures: number;
  /** How the lane did until now. */
  health: LaneHealth;
  /** The lane is held, and only for removals was it let go. */
  removalsOnly: boolean;
};

export type LaneHealth = {
  /** How long it has been in quarantine; null when it is not. */
  quarantinedForMs: number | null;
  /** Probes that failed since then. */
  probes: number;
  /** Calls in flight on the way back from a quarantine; null for as many as the connection allows. */
  ramp: number | null;
  recent: readonly MinuteCount[];
  /** The database's time, to count minutes by. */
  nowMs: number;
};

type ClaimedLane = {
  tenant_id: TenantId;
  workspace_id: WorkspaceId;
  epoch: number;
  failures: number;
  quarantined_ms: number | null;
  probes: number;
  ramp: number | null;
  recent: MinuteCount[];
  now_ms: number;
  removals_only: boolean;
};

const CLAIM_LANE: NamedStatement<ClaimedLane> = {
  name: "claim-lane",
  text: `
with claimed as (
  update lanes set epoch = epoch + 1, lease_owner = $2, lease_until = now() + $3 * interval '1 millisecond',
    due_at = least(due_at, now()), held_until = case when held_until > now() then held_until end, nudged = false
  where connection_id = $1 and not paused and not suspended and disabled_at is null
    and (held_until is null or held_until <= now() or (removal_from <= now()
      and (removal_due or exists (select 1 from lane_marks m where m.connection_id = $1 and m.removal))))
    and (lease_until is null or lease_until <= now())
  returning *
), absorbed as (
  delete from lane_marks using claimed where lane_marks.connection_id = claimed.connection_id
)
select tenant_id, workspace_id, epoch, failures, extract(epoch from now() - quarantined_at)::float8 * 1000 as quarantined_ms, probes, ramp, recent,
  extract(epoch from now())::float8 * 1000 as now_ms, held_until is not null as removals_only
from claimed`,
};

/**
 * Leases a lane under a new epoch, or returns undefined when it is leased, paused, suspended, disabled or held back. The lane stays due
 * until `releaseLane`, so that a holder that dies is followed by another. Times are the database's.
 */
export async function claimLane(
  db: Database,
  connectionId: string,
  claim: { owner: string; leaseMs: number },
): Promise<LaneLease | undefined> {
  const [row] = await inSystem(db, (tx) => tx.last.named(CLAIM_LANE, [connectionId, claim.owner, claim.leaseMs]));
  if (row === undefined) return undefined;
  const { epoch, failures, probes, ramp, recent } = row;
  const health = { quarantinedForMs: row.quarantined_ms, probes, ramp, recent, nowMs: row.now_ms };
  const key = { tenantId: row.tenant_id, workspaceId: row.workspace_id, connectionId };
  return { ...key, epoch, leaseMs: claim.leaseMs, failures, health, removalsOnly: row.removals_only };
}

const RENEW_LANE: NamedStatement<{ epoch: number }> = {
  name: "renew-lane",
  text: `
update lanes set lease_until = now() + $3 * interval '1 millisecond'
where connection_id = $1 and epoch = $2 and lease_until is not null returning epoch`,
};

/** Extends a lease that still stands; false means the lane has another holder. */
export async function renewLane(db: Database, lease: LaneLease): Promise<boolean> {
  const rows = await inSystem(db, (tx) => tx.last.named(RENEW_LANE, [lease.connectionId, lease.epoch, lease.leaseMs]));
  return rows.length === 1;
}

const ABSORB_OWN: NamedStatement<{ id: number }> = {
  name: "absorb-own-marks",
  text: `
delete from lane_marks using lanes
where lane_marks.connection_id = $1 and lanes.connection_id = $1 and lanes.epoch = $2 and lanes.lease_until is not null
returning lane_marks.id`,
};

/**
 * Takes the marks that arrived while the lane was held; true when there were any, so that the holder goes on instead of
 * letting go and being rung back. The lane stays due until it is released, so a holder that dies loses none of them.
 */
export async function absorbOwnMarks(db: Database, lease: LaneLease): Promise<boolean> {
  const rows = await inSystem(db, (tx) => tx.last.named(ABSORB_OWN, [lease.connectionId, lease.epoch]));
  return rows.length > 0;
}

const LOCK_LANE: NamedStatement<{ epoch: number }> = {
  name: "lock-lane",
  text: "select epoch from lanes where connection_id = $1 and epoch = $2 for update",
};
// `was` is the row before the update: what it returns of itself is already new.
const RELEASE_LANE: NamedStatement<{ marked: boolean }> = {
  name: "release-lane",
  text: `
update lanes set lease_owner = null, lease_until = null, nudged = false,
  due_at = case when was.nudged then now() else now() + $3::float8 * interval '1 millisecond' end,
  removal_due = $4,
  held_until = case when $5 then lanes.held_until when was.nudged and $7::float8 is null then null else now() + $6::float8 * interval '1 millisecond' end,
  removal_from = case when $5 then lanes.removal_from else now() + $7::float8 * interval '1 millisecond' end,
  removal_since = now() - $8::float8 * interval '1 millisecond',
  stuck_since = case when $9 then coalesce(lanes.stuck_since, now()) end,
  failures = case when was.nudged then 0 else $10 end,
  quarantined_at = case when $11 and $13 = 0 then now() when $11 then coalesce(lanes.quarantined_at, now()) end,
  disabled_at = case when $12 and not was.nudged then now() end,
  probes = case when was.nudged then 0 else $13 end, ramp = $14, recent = $15
from (select connection_id, nudged from lanes where connection_id = $1) was
where lanes.connection_id = $1 and lanes.epoch = $2
returning was.nudged or exists (select 1 from lane_marks where lane_marks.connection_id = $1) as marked`,
};

/** Locks a lane's row, so that the next due time computed after it cannot be outdated by an absorbed mark. */
export async function lockLane(tx: Statements, lease: LaneLease): Promise<boolean> {
  const rows = await tx.named(LOCK_LANE, [lease.connectionId, lease.epoch]);
  return rows.length === 1;
}

/** How a lane is held back as a whole: as it was, or not, or anew; with a time of their own removals may go earlier. */
export type LaneHold = "kept" | null | { ms: number; removalMs: number | null };

export type LaneRelease = {
  dueInMs: number | null;
  removal: boolean;
  removalAgeMs: number | null;
  hold: LaneHold;
  failures: number;
  /** Work is due and nothing got through. */
  stuck: boolean;
  quarantined: boolean;
  disabled: boolean;
  probes: number;
  ramp: number | null;
  recent: readonly MinuteCount[];
};

/** Ends a lease. Returns whether there is more to look at: new marks, or somebody who wants the lane tried at once. */
export async function releaseLane(tx: Statements, lease: LaneLease, next: LaneRelease): Promise<boolean> {
  const kept = next.hold === "kept";
  const hold = next.hold === "kept" ? null : next.hold;
  const [row] = await tx.named(RELEASE_LANE, [
    lease.connectionId,
    lease.epoch,
    next.dueInMs,
    next.removal,
    kept,
    hold?.ms ?? null,
    hold?.removalMs ?? null,
    next.removalAgeMs,
    next.stuck,
    next.failures,
    next.quarantined,
    next.disabled,
    next.probes,
    next.ramp,
    JSON.stringify(next.recent),
  ]);
  return row?.marked === true;
}

const ABSORB_MARKS: NamedStatement<{ connection_id: string }> = {
  name: "absorb-marks",
  text: `
with taken as (
  delete from lane_marks where id in (select id from lane_marks order by id limit 10000 for update skip locked) returning connection_id, removal
), lane as (
  select connection_id, bool_or(removal) as removal from taken group by connection_id order by connection_id
)
update lanes set due_at = least(lanes.due_at, now()), removal_due = lanes.removal_due or lane.removal,
  removal_since = case when lane.removal then coalesce(lanes.removal_since, now()) else lanes.removal_since end
from lane where lanes.connection_id = lane.connection_id returning lanes.connection_id`,
};

const DUE_LANES: NamedStatement<{ tenant_id: TenantId; connection_id: string; removal_due: boolean }> = {
  name: "due-lanes",
  text: `
select tenant_id, connection_id, removal_due from lanes
where due_at <= now() and webhook_id is null and not paused and not suspended and disabled_at is null
  and (held_until is null or held_until <= now() or (removal_due and removal_from <= now())) and (lease_until is null or lease_until <= now())
order by removal_due desc, row_number() over (partition by tenant_id order by removal_due desc, due_at), due_at limit $1`,
};

/**
 * Turns marks into due times and lists lanes that anyone may claim now: those with removals first, then one of each tenant
 * before the second of any, the longest waiting first.
 */
export async function sweepLanes(db: Database, limit: number): Promise<(LaneKey & { removal: boolean })[]> {
  return await inSystem(db, async (tx) => {
    await tx.named(ABSORB_MARKS, []);
    const rows = await tx.last.named(DUE_LANES, [limit]);
    return rows.map((row) => ({ tenantId: row.tenant_id, connectionId: row.connection_id, removal: row.removal_due }));
  });
}

/** Finds whose connection this is, before its tenant is known; undefined outside the caller's workspace. */
export async function findLaneTenant(
  db: Database,
  workspaceId: WorkspaceId,
  connectionId: string,
): Promise<TenantId | undefined> {
  const [row] = await inSystem(db, (tx) =>
    tx.run(
      tx.sql
        .selectFrom("lanes")
        .select("tenant_id")
        .where("connection_id", "=", connectionId)
        .where("workspace_id", "=", workspaceId)
        .where("webhook_id", "is", null),
    ),
  );
  return row?.tenant_id;
}

const INSERT_LANE: NamedStatement<object> = {
  name: "insert-lane",
  text: `
insert into lanes (connection_id, tenant_id, workspace_id, suspended) values ($1, $2, $3,
  coalesce((select suspended_at is not null from tenants where workspace_id = $3 and id = $2 for share), false))`,
};

/** Makes the lane of a new connection, in the connection's own transaction; suspended, if its tenant is. */
export async function insertLane(tx: Statements, lane: LaneKey & { workspaceId: WorkspaceId }): Promise<void> {
  await tx.named(INSERT_LANE, [lane.connectionId, lane.tenantId, lane.workspaceId]);
}

const DUE_WEBHOOK_LANES: NamedStatement<{
  tenant_id: TenantId;
  workspace_id: WorkspaceId;
  webhook_id: string;
  connection_id: string;
}> = {
  name: "due-webhook-lanes",
  text: `
select tenant_id, workspace_id, webhook_id, connection_id from lanes
where due_at <= now() and webhook_id is not null and not paused and not suspended and disabled_at is null
  and (lease_until is null or lease_until <= now())
order by row_number() over (partition by webhook_id order by due_at), due_at limit $1`,
};

/** A lane in which one webhook is told of one tenant's events. */
export type WebhookLane = { laneId: string; tenantId: TenantId; workspaceId: WorkspaceId; webhookId: string };

/** Like `sweepLanes` for lanes of webhooks: one of each webhook before the second of any. */
export async function sweepWebhookLanes(db: Database, limit: number): Promise<WebhookLane[]> {
  return await inSystem(db, async (tx) => {
    await tx.named(ABSORB_MARKS, []);
    const rows = await tx.last.named(DUE_WEBHOOK_LANES, [limit]);
    return rows.map((row) => ({
      laneId: row.connection_id,
      tenantId: row.tenant_id,
      workspaceId: row.workspace_id,
      webhookId: row.webhook_id,
    }));
  });
}

/** Stops or resumes all lanes of a tenant; resumed ones are due, since changes may have collected meanwhile. Answers whose they are, but for webhooks: nobody rings for these. */
export async function suspendLanes(tx: Statements, tenantId: TenantId, suspended: boolean): Promise<string[]> {
  const rows = await tx.run(
    tx.sql
      .updateTable("lanes")
      .set({ suspended, ...(suspended ? {} : { due_at: sql<Date>`now()` }) })
      .where("tenant_id", "=", tenantId)
      .returning(["connection_id", "webhook_id"]),
  );
  return rows.flatMap((row) => (row.webhook_id === null ? [row.connection_id] : []));
}

/** Pauses or resumes a lane by hand; a resumed one is tried at once, since changes may have collected meanwhile. */
export async function pauseLane(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  paused: boolean,
): Promise<void> {
  await tx.run(
    tx.sql
      .updateTable("lanes")
      .set({ paused, paused_at: paused ? sql<Date>`coalesce(paused_at, now())` : null })
      .where("tenant_id", "=", tenantId)
      .where("connection_id", "=", connectionId),
  );
  if (!paused) await unholdLane(tx, tenantId, connectionId);
}

const UNHOLD_LANE: NamedStatement<object> = {
  name: "unhold-lane",
  text: `
update lanes set due_at = now(), held_until = case when removal_from is not null and quarantined_at is null then held_until end,
  failures = 0, probes = 0, nudged = coalesce(lease_until > now(), false),
  quarantined_at = case when disabled_at is null then quarantined_at else now() end, disabled_at = null
where tenant_id = $1 and connection_id = $2`,
};

/**
 * Lets a held, quarantined or disabled lane be tried at once, for a new secret or a person who pressed "retry": the
 * schedule of probes begins anew. A pause that the app asked for stays. Who holds the lane meanwhile sets no hold when it
 * lets go.
 */
export async function unholdLane(tx: Statements, tenantId: TenantId, connectionId: string): Promise<void> {
  await tx.named(UNHOLD_LANE, [tenantId, connectionId]);
}

export type LaneView = {
  paused: boolean;
  pausedAt: Date | null;
  quarantinedAt: Date | null;
  disabledAt: Date | null;
  /** Its tenant is suspended. */
  suspended: boolean;
  leased: boolean;
  heldUntil: Date | null;
  dueAt: Date | null;
  marked: boolean;
};

const VIEW_LANE: NamedStatement<{
  paused: boolean;
  paused_at: Date | null;
  quarantined_at: Date | null;
  disabled_at: Date | null;
  suspended: boolean;
  leased: boolean;
  held_until: Date | null;
  due_at: Date | null;
  marked: boolean;
}> = {
  name: "view-lane",
  text: `
select paused, paused_at, quarantined_at, disabled_at, suspended, coalesce(lease_until > now(), false) as leased, held_until, due_at,
  exists (select 1 from lane_marks m where m.connection_id = lanes.connection_id) as marked
from lanes where tenant_id = $1 and connection_id = $2`,
};

/** Reads a lane for its connection's status. */
export async function viewLane(tx: Statements, tenantId: TenantId, connectionId: string): Promise<LaneView> {
  const [row] = await tx.named(VIEW_LANE, [tenantId, connectionId]);
  if (row === undefined) throw new Error("Every connection has a lane");
  const { paused, suspended, leased, marked } = row;
  const since = { pausedAt: row.paused_at, quarantinedAt: row.quarantined_at, disabledAt: row.disabled_at };
  return { paused, ...since, suspended, leased, heldUntil: row.held_until, dueAt: row.due_at, marked };
}

/** Tells which of these connections are paused by hand, in one statement. */
export async function findPausedLanes(
  tx: Statements,
  tenantId: TenantId,
  connectionIds: readonly string[],
): Promise<Set<string>> {
  if (connectionIds.length === 0) return new Set();
  const rows = await tx.run(
    tx.sql
      .selectFrom("lanes")
      .select("connection_id")
      .where("tenant_id", "=", tenantId)
      .where("connection_id", "in", [...connectionIds])
      .where("paused", "=", true),
  );
  return new Set(rows.map((row) => row.connection_id));
}
