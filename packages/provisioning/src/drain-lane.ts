import {
  absorbOwnMarks,
  inTenant,
  lockLane,
  nextDue,
  releaseLane,
  takeOverAccounts,
  updateConnection,
} from "@muster/store";
import type { LaneEffect } from "./account-result.ts";
import { compareLane } from "./compare-lane.ts";
import { expandLane } from "./expand-lane.ts";
import type { DrainDeps, Lane } from "./lane.ts";
import { claimBatch, runBatch } from "./lane-batch.ts";
import { type HeldLane, holdLane, LeaseLost } from "./lane-lease.ts";
import { laneHold, outageHold, quarantineHold } from "./retry-policy.ts";

/** Batches grow while they are quick and shrink when slow, so that a removal never waits behind a long one. */
const BATCH = { first: 32, most: 500, quickMs: 500, slowMs: 2_000 };

/**
 * Works on one lane for one time slice: takes over what a dead holder left, expands edits, then claims, sends and
 * records batches, removals first. `again` means that the lane has more to do right now.
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
    const effect = await workSlice(lane, signal);
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
  const [connector] = await Promise.all([
    deps.openConnector(lease.tenantId, lease.connectionId),
    inTenant(deps.db, lease.tenantId, (tx) => takeOverAccounts(tx.last, lease)),
  ]);
  // A lane that failed last time is probed with one account before it gets whole batches again.
  const batchSize = lease.failures > 0 ? 1 : BATCH.first;
  return { deps, held, lease, connector, batchSize, failures: lease.failures, worked: false };
}

async function workSlice(lane: Lane, signal: AbortSignal): Promise<LaneEffect | null> {
  const { deps, lease } = lane;
  const endsAtMs = deps.clock.monotonicMs() + deps.timing.sliceMs;
  do {
    const startedAtMs = deps.clock.monotonicMs();
    const batch = await claimBatch(lane);
    deps.crash("after-claim");
    if (batch.work.length > 0) {
      lane.worked = true;
      const effect = await runBatch(lane, batch, signal);
      if (effect !== null) return effect;
      lane.failures = 0;
      lane.batchSize = nextBatchSize(lane.batchSize, deps.clock.monotonicMs() - startedAtMs, batch.policy.maxInFlight);
    }
    if (batch.policy.expanding) await expandLane(deps.db, lease);
    else if (batch.work.length === 0 && !(await absorbOwnMarks(deps.db, lease))) {
      // Only a lane with nothing to do compares: changes, and removals above all, go first between any two steps.
      const effect = batch.policy.comparing ? await compareLane(lane, signal) : null;
      if (effect !== null || !batch.policy.comparing) return effect;
    }
  } while (!signal.aborted && deps.clock.monotonicMs() < endsAtMs);
  return null;
}

function nextBatchSize(size: number, tookMs: number, least: number): number {
  if (tookMs < BATCH.quickMs) return Math.min(BATCH.most, Math.max(BATCH.first, size * 2));
  return tookMs > BATCH.slowMs ? Math.max(least, Math.ceil(size / 2)) : size;
}

async function endSlice(lane: Lane, effect: LaneEffect | null): Promise<boolean> {
  const { deps, lease } = lane;
  const failures = effect === null ? lane.failures : lane.failures + 1;
  return await inTenant(deps.db, lease.tenantId, async (tx) => {
    if (!(await lockLane(tx, lease))) return false;
    const next = await nextDue(tx, lease.tenantId, lease.connectionId);
    const heldMs = holdFor(effect, failures, next.removal);
    if (lane.worked)
      await updateConnection(tx, lease.tenantId, lease.connectionId, {
        state: effect?.kind === "quarantine" ? "quarantined" : "active",
        stateReason: effect?.reason ?? null,
        lastAttemptAt: deps.clock.now(),
      });
    const marked = await releaseLane(tx.last, lease, {
      dueInMs: next.dueInMs,
      removal: next.removal,
      heldMs,
      failures,
    });
    return heldMs === null && (marked || next.dueInMs === 0);
  });
}

function holdFor(effect: LaneEffect | null, failures: number, removal: boolean): number | null {
  switch (effect?.kind) {
    case undefined:
      return null;
    case "throttled":
      return laneHold({ retryAfterMs: effect.retryAfterMs, removal });
    case "quarantine":
      return quarantineHold(failures);
    case "unreachable":
      return outageHold(failures);
  }
}
