import { type Database, inSystem, type NamedStatement, type Statements } from "./database.ts";
import type { LaneKey } from "./lanes.ts";
import type { TenantId } from "./tables.ts";

/** After how long, in milliseconds, a lane counts as stalled and a removal as late. */
export type WatchLimits = { stalledAfterMs: number; lateAfterMs: number };

/** A lane whose alarm is to be raised or taken back. */
export type LaneAlarm = LaneKey & {
  stalled: boolean;
  stallNoted: boolean;
  /** A removal has waited too long. */
  late: boolean;
  lateNoted: boolean;
};

type AlarmRow = {
  tenant_id: TenantId;
  connection_id: string;
  stalled: boolean;
  stall_noted: boolean;
  late: boolean;
  late_noted: boolean;
};

// Each branch has an index of its own; few lanes are in any of them.
const LANE_ALARMS: NamedStatement<AlarmRow> = {
  name: "lane-alarms",
  text: `
with watched as (
  select connection_id from lanes where due_at < now() - $1::float8 * interval '1 millisecond'
  union select connection_id from lanes where stuck_since < now() - $1::float8 * interval '1 millisecond'
  union select connection_id from lanes where removal_since < now() - $2::float8 * interval '1 millisecond'
  union select connection_id from lanes where stall_noted_at is not null or removal_noted_at is not null
), alarm as (
  select tenant_id, connection_id,
    coalesce(not paused and not suspended and quarantined_at is null and disabled_at is null
      and least(case when held_until is null or held_until < now() - $1::float8 * interval '1 millisecond' then due_at end, stuck_since)
        < now() - $1::float8 * interval '1 millisecond', false) as stalled,
    stall_noted_at is not null as stall_noted,
    coalesce(removal_since < now() - $2::float8 * interval '1 millisecond', false) as late,
    removal_noted_at is not null as late_noted
  from lanes where webhook_id is null and connection_id = any(array(select connection_id from watched))
)
select * from alarm where stalled <> stall_noted or late <> late_noted order by connection_id limit $3`,
};

/** Before a tenant is known, ids and times only: lanes whose alarms are to be raised or taken back. */
export async function listLaneAlarms(db: Database, limits: WatchLimits, limit: number): Promise<LaneAlarm[]> {
  const values = [limits.stalledAfterMs, limits.lateAfterMs, limit];
  const rows = await inSystem(db, (tx) => tx.last.named(LANE_ALARMS, values));
  return rows.map((row) => ({
    tenantId: row.tenant_id,
    connectionId: row.connection_id,
    stalled: row.stalled,
    stallNoted: row.stall_noted,
    late: row.late,
    lateNoted: row.late_noted,
  }));
}

const NOTE_ALARMS: NamedStatement<object> = {
  name: "note-lane-alarms",
  text: `
update lanes set stall_noted_at = case when $3 then coalesce(stall_noted_at, now()) end,
  removal_noted_at = case when $4 then coalesce(removal_noted_at, now()) end
where tenant_id = $1 and connection_id = $2`,
};

/** Remembers which alarms of a lane are raised, in the transaction of their notices. */
export async function noteLaneAlarms(
  tx: Statements,
  lane: LaneKey,
  raised: { stalled: boolean; late: boolean },
): Promise<void> {
  await tx.named(NOTE_ALARMS, [lane.tenantId, lane.connectionId, raised.stalled, raised.late]);
}

const LATE_REMOVALS: NamedStatement<{ late: number; oldest: Date | null }> = {
  name: "late-removals",
  text: `
with late as (
  select removal_since from accounts
  where tenant_id = $1 and connection_id = $2 and removal_since < now() - $3::float8 * interval '1 millisecond' and state <> 'held'
), looked as (
  -- What the lane remembers may be older than what is left of it.
  update lanes set removal_since = (select min(removal_since) from accounts
    where tenant_id = $1 and connection_id = $2 and removal_since is not null and state <> 'held')
  where tenant_id = $1 and connection_id = $2 and lease_until is null and not exists (select 1 from late)
)
select count(*) as late, min(removal_since) as oldest from late`,
};

/** Counts removals of a lane that have waited too long; those that wait for somebody's approval are not among them. */
export async function countLateRemovals(
  tx: Statements,
  lane: LaneKey,
  lateAfterMs: number,
): Promise<{ late: number; oldest: Date | null }> {
  const [row] = await tx.named(LATE_REMOVALS, [lane.tenantId, lane.connectionId, lateAfterMs]);
  return { late: row?.late ?? 0, oldest: row?.oldest ?? null };
}
