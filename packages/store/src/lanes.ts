import { sql } from "kysely";
import type { Database, NamedStatement, Statements } from "./database.ts";
import { inSystem } from "./database.ts";
import type { TenantId, WorkspaceId } from "./tables.ts";

// Lanes are leased before their tenant's rows may be touched, so they hold ids and times only and stand outside
// row-level security. Every function here that opens its own transaction is listed in before-tenant.test.ts.

export type LaneKey = { tenantId: TenantId; connectionId: string };

export type LaneLease = LaneKey & { epoch: number; leaseMs: number; failures: number };

const CLAIM_LANE: NamedStatement<{ tenant_id: TenantId; epoch: number; failures: number }> = {
  name: "claim-lane",
  text: `
with claimed as (
  update lanes set epoch = epoch + 1, lease_owner = $2, lease_until = now() + $3 * interval '1 millisecond',
    due_at = least(due_at, now()), held_until = null
  where connection_id = $1 and not paused and not suspended and (held_until is null or held_until <= now())
    and (lease_until is null or lease_until <= now())
  returning connection_id, tenant_id, epoch, failures
), absorbed as (
  delete from lane_marks using claimed where lane_marks.connection_id = claimed.connection_id
)
select tenant_id, epoch, failures from claimed`,
};

/**
 * Leases a lane under a new epoch, or returns undefined when it is leased, paused, suspended or held back. The lane stays due
 * until `releaseLane`, so that a holder that dies is followed by another. Times are the database's.
 */
export async function claimLane(
  db: Database,
  connectionId: string,
  claim: { owner: string; leaseMs: number },
): Promise<LaneLease | undefined> {
  const [row] = await inSystem(db, (tx) => tx.last.named(CLAIM_LANE, [connectionId, claim.owner, claim.leaseMs]));
  if (row === undefined) return undefined;
  return { tenantId: row.tenant_id, connectionId, epoch: row.epoch, leaseMs: claim.leaseMs, failures: row.failures };
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
const RELEASE_LANE: NamedStatement<{ marked: boolean }> = {
  name: "release-lane",
  text: `
update lanes set lease_owner = null, lease_until = null, due_at = now() + $3::float8 * interval '1 millisecond', removal_due = $4,
  held_until = now() + $5::float8 * interval '1 millisecond', failures = $6
where connection_id = $1 and epoch = $2
returning exists (select 1 from lane_marks where lane_marks.connection_id = $1) as marked`,
};

/** Locks a lane's row, so that the next due time computed after it cannot be outdated by an absorbed mark. */
export async function lockLane(tx: Statements, lease: LaneLease): Promise<boolean> {
  const rows = await tx.named(LOCK_LANE, [lease.connectionId, lease.epoch]);
  return rows.length === 1;
}

/** Ends a lease. `heldMs` holds the lane back as a whole (Retry-After, quarantine). Returns whether new marks wait. */
export async function releaseLane(
  tx: Statements,
  lease: LaneLease,
  next: { dueInMs: number | null; removal: boolean; heldMs: number | null; failures: number },
): Promise<boolean> {
  const [row] = await tx.named(RELEASE_LANE, [
    lease.connectionId,
    lease.epoch,
    next.dueInMs,
    next.removal,
    next.heldMs,
    next.failures,
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
update lanes set due_at = least(lanes.due_at, now()), removal_due = lanes.removal_due or lane.removal
from lane where lanes.connection_id = lane.connection_id returning lanes.connection_id`,
};

const DUE_LANES: NamedStatement<{ tenant_id: TenantId; connection_id: string; removal_due: boolean }> = {
  name: "due-lanes",
  text: `
select tenant_id, connection_id, removal_due from lanes
where due_at <= now() and not paused and not suspended and (held_until is null or held_until <= now()) and (lease_until is null or lease_until <= now())
order by removal_due desc, due_at limit $1`,
};

/** Turns marks into due times and lists lanes that anyone may claim now, removals and the longest waiting first. */
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
        .where("workspace_id", "=", workspaceId),
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

/** Stops or resumes all lanes of a tenant; resumed ones are due, since changes may have collected meanwhile. Answers whose they are. */
export async function suspendLanes(tx: Statements, tenantId: TenantId, suspended: boolean): Promise<string[]> {
  const rows = await tx.run(
    tx.sql
      .updateTable("lanes")
      .set({ suspended, ...(suspended ? {} : { due_at: sql<Date>`now()` }) })
      .where("tenant_id", "=", tenantId)
      .returning("connection_id"),
  );
  return rows.map((row) => row.connection_id);
}

/** Pauses or resumes a lane by hand; resuming makes it due, since changes may have collected meanwhile. */
export async function pauseLane(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  paused: boolean,
): Promise<void> {
  await tx.run(
    tx.sql
      .updateTable("lanes")
      .set({ paused, ...(paused ? {} : { due_at: sql<Date>`now()`, held_until: null, failures: 0 }) })
      .where("tenant_id", "=", tenantId)
      .where("connection_id", "=", connectionId),
  );
}

/** Lets a held lane be tried at once, for a new secret or a person who pressed "retry". */
export async function unholdLane(tx: Statements, tenantId: TenantId, connectionId: string): Promise<void> {
  await tx.run(
    tx.sql
      .updateTable("lanes")
      .set({ due_at: sql<Date>`now()`, held_until: null })
      .where("tenant_id", "=", tenantId)
      .where("connection_id", "=", connectionId),
  );
}

export type LaneView = {
  paused: boolean;
  /** Its tenant is suspended. */
  suspended: boolean;
  leased: boolean;
  heldUntil: Date | null;
  dueAt: Date | null;
  marked: boolean;
};

const VIEW_LANE: NamedStatement<{
  paused: boolean;
  suspended: boolean;
  leased: boolean;
  held_until: Date | null;
  due_at: Date | null;
  marked: boolean;
}> = {
  name: "view-lane",
  text: `
select paused, suspended, coalesce(lease_until > now(), false) as leased, held_until, due_at,
  exists (select 1 from lane_marks m where m.connection_id = lanes.connection_id) as marked
from lanes where tenant_id = $1 and connection_id = $2`,
};

/** Reads a lane for its connection's status. */
export async function viewLane(tx: Statements, tenantId: TenantId, connectionId: string): Promise<LaneView> {
  const [row] = await tx.named(VIEW_LANE, [tenantId, connectionId]);
  if (row === undefined) throw new Error("Every connection has a lane");
  const { paused, suspended, leased, marked } = row;
  return { paused, suspended, leased, heldUntil: row.held_until, dueAt: row.due_at, marked };
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
