import {
  type ConnectionRecord,
  countLateRemovals,
  type Database,
  deleteNotices,
  getConnection,
  insertNotice,
  inTenant,
  type LaneAlarm,
  type LaneView,
  listLaneAlarms,
  noteLaneAlarms,
  type Tx,
  viewLane,
  type WatchLimits,
} from "@muster/store";

const LANES_A_ROUND = 200;

/** The published limits (3.2): a removal is late after 5 minutes, a lane stalled after 15. */
export const WATCH_LIMITS: WatchLimits = { stalledAfterMs: 15 * 60_000, lateAfterMs: 5 * 60_000 };

/**
 * Tells administrators which connections have work that does not move, and which have people in the app who should be out
 * (J6, I03); takes it back when it is over. One notice each, whatever number of processes looks.
 */
export async function watchLanes(deps: { db: Database; limits?: WatchLimits }, signal?: AbortSignal): Promise<void> {
  const limits = deps.limits ?? WATCH_LIMITS;
  for (const alarm of await listLaneAlarms(deps.db, limits, LANES_A_ROUND)) {
    if (signal?.aborted === true) return;
    await inTenant(deps.db, alarm.tenantId, (tx) => noteAlarm(tx, alarm, limits));
  }
}

async function noteAlarm(tx: Tx, alarm: LaneAlarm, limits: WatchLimits): Promise<void> {
  const { tenantId, connectionId, stalled } = alarm;
  const connection = await getConnection(tx, tenantId, connectionId);
  if (connection === undefined) return;
  const state = describeState(connection, await viewLane(tx, tenantId, connectionId));
  const forget = (kind: string) => deleteNotices(tx, tenantId, { kinds: [kind], subject: connectionId });
  const tell = (kind: string, message: string) =>
    insertNotice(tx, tenantId, { kind, subject: connectionId, message: `${message}. ${state}` });
  if (stalled && !alarm.stallNoted)
    await tell(
      "connection.stalled",
      `Connection ${connectionId} has work due and nothing has got through for ${minutes(limits.stalledAfterMs)}`,
    );
  if (!stalled && alarm.stallNoted) await forget("connection.stalled");
  // What the lane remembers may be older than what is left of it, so the accounts are counted.
  const removals = alarm.late ? await countLateRemovals(tx, alarm, limits.lateAfterMs) : { late: 0, oldest: null };
  if (removals.late > 0 && !alarm.lateNoted)
    await tell(
      "removal.late",
      `${removals.late === 1 ? "1 removal waits" : `${removals.late} removals wait`} on connection ${connectionId} for more than ${minutes(limits.lateAfterMs)}, the oldest since ${removals.oldest?.toISOString() ?? "long"}: these people may still get in`,
    );
  if (removals.late === 0 && alarm.lateNoted) await forget("removal.late");
  await noteLaneAlarms(tx, alarm, { stalled, late: removals.late > 0 });
}

const minutes = (ms: number): string => `${Math.round(ms / 60_000)} minutes`;

function describeState({ state, stateReason }: ConnectionRecord, lane: LaneView): string {
  const because = stateReason === null ? "" : `, last heard: ${stateReason}`;
  if (lane.suspended) return "Its tenant is suspended: resume it, or take these people out of the app by hand";
  if (lane.paused) return "It is paused by hand: resume it, or take these people out of the app by hand";
  if (state !== "active") return `It is ${state}${because}. Mend the app or give a new credential, then resume it`;
  return `It is active${because}. Look at its attempts, and whether a worker runs`;
}
