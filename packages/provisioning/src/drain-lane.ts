import { mapsAccess, usesVariable } from "@muster/mapping";
import {
  absorbOwnMarks,
  hastenAccounts,
  insertAttempts,
  inTenant,
  type LaneHold,
  learnRate,
  lockLane,
  type NextDue,
  nextDue,
  releaseLane,
  type Statements,
  takeAppMapping,
  takeOverAccounts,
} from "@muster/store";
import type { LaneEffect } from "./account-result.ts";
import { tellApprovals } from "./approval-notices.ts";
import { compareLane } from "./compare-lane.ts";
import { expandLane } from "./expand-lane.ts";
import type { DrainDeps, Lane } from "./lane.ts";
import { BATCH_MS, type Batch, claimBatch, claimNothing, runBatch } from "./lane-batch.ts";
import { probeDelay, rampUp, removalProbeDelay } from "./lane-health.ts";
import { type HeldLane, holdLane, LeaseLost } from "./lane-lease.ts";
import { lowerRate } from "./learned-rate.ts";
import { newTraceId } from "./new-trace-id.ts";
import { noteHealth } from "./note-health.ts";
import { toProbeAttempt } from "./probe-attempt.ts";
import { pushGroups } from "./push-groups.ts";
import { outageHold, throttleHold } from "./retry-policy.ts";
import { fillSeats } from "./seats.ts";

/** Batches grow while they are quick; a slow one is cut, so that a removal never waits behind a long one. */
const BATCH = { first: 32, most: 500, quickMs: 500 };

/** A lane whose work may not be sent is looked at again after this time; so it goes on soon once it may. */
const REST_MS = 5_000;

/**
 * Works on one lane for one time slice: takes over what a dead holder left, expands edits, then claims, sends and
 * records batches, removals first. A lane in quarantine is only probed, and worked on once a probe went well. `again`
 * means that the lane has more to do right now.
 */
export async function drainLane(
  deps: DrainDeps,
  connectionId: string,
  signal: AbortSignal,
): Promise<{ again: boolean }> {
  const held = await holdLane(deps, connectionId, { owner: deps.owner, leaseMs: deps.timing.leaseMs });
  if (held === undefined) return { again: false };
  deps.crash("after-lease");
  try {
    const lane = await openLane(deps, held);
    const effect = (lane.quarantined ? await probe(lane, signal) : null) ?? (await workSlice(lane, signal));
    return { again: await endSlice(lane, effect) };
  } catch (error) {
    if (error instanceof LeaseLost) {
      deps.logger.warn({ connectionId, epoch: held.lease.epoch }, "Lost the lane to another worker");
      return { again: false };
    }
    throw error;
  } finally {
    await held.close();
  }
}

async function openLane(deps: DrainDeps, held: HeldLane): Promise<Lane> {
  const { lease } = held;
  const { health } = lease;
  const openedAtMs = deps.clock.monotonicMs();
  const [connector] = await Promise.all([
    deps.openConnector(lease.tenantId, lease.connectionId),
    inTenant(deps.db, lease.tenantId, (tx) => takeOverAccounts(tx.last, lease)),
  ]);
  const quarantined = health.quarantinedForMs !== null;
  const ramp = quarantined ? 1 : health.ramp;
  return {
    deps,
    held,
    lease,
    connector,
    // A lane that failed last time is tried with one account before it gets whole batches again.
    batchSize: lease.failures > 0 ? 1 : (ramp ?? BATCH.first),
    failures: lease.failures,
    worked: false,
    moved: false,
    seats: false,
    approving: false,
    rests: false,
    quarantined,
    ramp,
    // What led to a quarantine is not held against the lane once it is over.
    recent: quarantined ? [] : health.recent,
    sent: { begun: 0, sinceMs: openedAtMs, paced: { ratePerSecond: null, learnedRate: null } },
    nowMs: () => health.nowMs + deps.clock.monotonicMs() - openedAtMs,
  };
}

/** Asks a quarantined lane's app with a cheap read whether it works again; null when it does. */
async function probe(lane: Lane, signal: AbortSignal): Promise<LaneEffect | null> {
  const { deps, held, lease, connector } = lane;
  held.assertTime(deps.timing.callMs);
  const traceId = newTraceId();
  const startedAt = deps.clock.now();
  const outcome = await connector.probe({ signal, timeoutMs: deps.timing.callMs, traceId });
  const attempt = toProbeAttempt(outcome, { traceId, startedAt, number: lease.health.probes + 1 });
  await inTenant(deps.db, lease.tenantId, (tx) =>
    insertAttempts(tx.last, lease.tenantId, lease.connectionId, [attempt]),
  );
  switch (outcome.kind) {
    case "connection":
      return { kind: "quarantine", reason: outcome.detail };
    case "transient":
    case "unknown":
      return { kind: "quarantine", reason: outcome.detail, outage: true };
    case "throttled":
      return { kind: "throttled", retryAfterMs: outcome.retryAfterMs, reason: outcome.detail };
    case "ok":
    // An app that does not let its users be listed answers, and takes the credential.
    case "conflict":
    case "permanent":
    case "gone":
      // Those that failed before may all be tried again, and removals are the first of them.
      await inTenant(deps.db, lease.tenantId, (tx) => hastenAccounts(tx.last, lease));
      return null;
  }
}

async function workSlice(lane: Lane, signal: AbortSignal): Promise<LaneEffect | null> {
  const { deps, lease } = lane;
  const endsAtMs = deps.clock.monotonicMs() + deps.timing.sliceMs;
  do {
    const startedAtMs = deps.clock.monotonicMs();
    const batch = deps.compareOnly === true ? await claimNothing(lane) : await claimBatch(lane);
    deps.crash("after-claim");
    lane.seats = batch.policy.seatLimit !== null;
    lane.approving ||= batch.policy.approving;
    if (batch.work.length > 0) {
      lane.worked = true;
      const effect = await runBatch(lane, batch, signal);
      if (effect !== null) return effect;
      await afterGoodBatch(lane, deps.clock.monotonicMs() - startedAtMs, batch.policy.maxInFlight);
    }
    if (batch.policy.remapping !== null && !lease.removalsOnly) await remap(lane, batch, batch.policy.remapping);
    else if (batch.policy.expanding && !lease.removalsOnly) await expandLane(lane);
    else if (batch.work.length === 0 && !(await absorbOwnMarks(deps.db, lease))) {
      // Groups after people, so that their members are there.
      const pushed = batch.policy.grouping && !lease.removalsOnly ? await pushGroups(lane, batch.policy, signal) : null;
      if (pushed?.effect) return pushed.effect;
      if (pushed?.more === true) continue;
      // Only a lane with nothing to do compares: changes, and removals above all, go first between any two steps.
      if (!batch.policy.comparing || lease.removalsOnly) {
        lane.rests = deps.compareOnly === true;
        break;
      }
      const effect = await compareLane(lane, signal);
      if (effect !== null) return effect;
    }
  } while (!signal.aborted && deps.clock.monotonicMs() < endsAtMs);
  lane.quarantined = false;
  return null;
}

/** The app's mapping is another one: everybody of the connection is looked at again. */
async function remap(
  { deps, lease }: Lane,
  { prepared }: Batch,
  { version }: { version: string | null },
): Promise<void> {
  const usesGroups = usesVariable(prepared, "groups");
  await inTenant(deps.db, lease.tenantId, (tx) =>
    takeAppMapping(tx.last, lease, { version, usesGroups, mapsAccess: mapsAccess(prepared) }),
  );
}

/** After so many batches in a row in which nobody got through, an app that takes something is one that works again. */
const OUTAGE_FAILURES = 3;

async function afterGoodBatch(lane: Lane, tookMs: number, maxInFlight: number): Promise<void> {
  const { deps, lease } = lane;
  if (lane.failures >= OUTAGE_FAILURES) await inTenant(deps.db, lease.tenantId, (tx) => hastenAccounts(tx.last, lease));
  lane.failures = 0;
  lane.quarantined = false;
  lane.ramp = rampUp(lane.ramp, maxInFlight);
  lane.batchSize = lane.ramp ?? nextBatchSize(lane.batchSize, tookMs, maxInFlight);
}

function nextBatchSize(size: number, tookMs: number, least: number): number {
  if (tookMs < BATCH.quickMs) return Math.min(BATCH.most, Math.max(BATCH.first, size * 2));
  return tookMs > BATCH_MS ? Math.max(least, Math.ceil(size / 2)) : size;
}

async function endSlice(lane: Lane, effect: LaneEffect | null): Promise<boolean> {
  const { deps, lease } = lane;
  const failures = effect === null ? lane.failures : lane.failures + 1;
  return await inTenant(deps.db, lease.tenantId, async (tx) => {
    if (!(await lockLane(tx, lease))) return false;
    if (lane.seats && effect === null && !lease.removalsOnly && deps.compareOnly !== true) await fillSeats(tx, lease);
    if (lane.approving) await tellApprovals(tx, lease);
    const next = await nextDue(tx, lease.tenantId, lease.connectionId);
    const end = endOf(lane, effect, failures);
    await noteHealth(tx, lane, effect, end);
    await learnPace(tx, lane, effect);
    const more = await releaseLane(tx.last, lease, {
      ...next,
      ...(end.quarantined && end.hold !== null && end.hold !== "kept" ? probeDue(end.hold, next) : {}),
      ...end,
      failures,
      stuck: !lane.moved && (effect !== null || next.dueInMs === 0),
      ramp: lane.ramp,
      recent: lane.recent,
    });
    return end.hold === null && (more || next.dueInMs === 0);
  });
}

/** A quarantined lane is due for its probe, whatever its accounts wait for: for one of its own, if a removal is among them. */
function probeDue(hold: { ms: number; removalMs: number | null }, { removalAgeMs }: NextDue) {
  const removal = removalAgeMs !== null;
  return { removal, dueInMs: removal ? (hold.removalMs ?? hold.ms) : hold.ms };
}

/** A 429 says that too much was sent: less is sent from now on, for a while. */
async function learnPace(tx: Statements, { deps, lease, sent }: Lane, effect: LaneEffect | null): Promise<void> {
  if (effect?.kind !== "throttled" || sent.begun === 0) return;
  const durationMs = deps.clock.monotonicMs() - sent.sinceMs;
  const perSecond = lowerRate(sent.paced, { begun: sent.begun, durationMs });
  if (perSecond !== null) await learnRate(tx, lease.tenantId, lease.connectionId, perSecond);
}

/** What a slice's end means for the lane: how it is held, and whether in quarantine. */
export type SliceEnd = { hold: LaneHold; quarantined: boolean; disabled: boolean; probes: number };

function endOf(lane: Lane, effect: LaneEffect | null, failures: number): SliceEnd {
  const { lease, quarantined } = lane;
  const { quarantinedForMs, probes } = lease.health;
  const stays = { quarantined, disabled: false, probes: quarantined ? probes : 0 };
  switch (effect?.kind) {
    case undefined:
      if (lane.rests) return { ...stays, hold: { ms: REST_MS, removalMs: null } };
      // Of a quarantine nothing is left once its app works; a pause that the app asked for goes on.
      return { ...stays, hold: lease.removalsOnly && quarantinedForMs === null ? "kept" : null };
    case "throttled":
      return { ...stays, hold: throttleHold(effect.retryAfterMs) };
    case "unreachable":
      if (!quarantined) return { ...stays, hold: { ms: outageHold(failures), removalMs: null } };
      return quarantineEnd(lane, { probes: probes + 1, ageMs: quarantinedForMs ?? 0 }, true);
    case "quarantine":
      return quarantineEnd(
        lane,
        quarantined ? { probes: probes + 1, ageMs: quarantinedForMs ?? 0 } : { probes: 0, ageMs: 0 },
        effect.outage === true,
      );
  }
}

/** An app that refuses us is left to the schedule: whatever waits, only somebody can mend that. */
function quarantineEnd(lane: Lane, quarantine: { probes: number; ageMs: number }, isOutage: boolean): SliceEnd {
  const { probeMinuteMs } = lane.deps.timing;
  const delayMs = probeDelay(quarantine, probeMinuteMs);
  const removalMs = isOutage ? removalProbeDelay(quarantine, probeMinuteMs) : null;
  const hold = delayMs === null ? null : { ms: delayMs, removalMs };
  return { hold, quarantined: true, disabled: delayMs === null, probes: quarantine.probes };
}
