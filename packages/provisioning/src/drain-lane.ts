import type { Connector } from "@muster/connectors";
import { desiredAccount } from "@muster/mapping";
import type { Clock, CrashPoints, Logger } from "@muster/runtime";
import { foldCase } from "@muster/scim";
import {
  type AccountOutcome,
  type AttemptEntry,
  type ClaimedAccount,
  type ConnectionPolicy,
  claimAccounts,
  type Database,
  distrustAccounts,
  getPeople,
  getPolicy,
  getRivals,
  inTenant,
  type LaneLease,
  lockLane,
  nextDue,
  type PersonInput,
  type Rival,
  recordOutcomes,
  releaseLane,
  releaseLink,
  takeOverAccounts,
  updateConnection,
  violatedConstraint,
} from "@muster/store";
import { expandLane } from "./expand-lane.ts";
import { type HeldLane, holdLane, LeaseLost } from "./lane-lease.ts";
import { type AccountResult, type AccountWork, type LaneEffect, reconcileAccount } from "./reconcile-account.ts";
import { laneHold, outageHold, quarantineHold } from "./retry-policy.ts";
import { sendBatch } from "./send-batch.ts";

export type LaneTiming = {
  /** How long a lane is held without renewal before others may take it. */
  leaseMs: number;
  /** The hard deadline of one call; must be well below the lease. */
  callMs: number;
  /** How long one drain works before the lane goes to the back of the queue. */
  sliceMs: number;
};

export type DrainDeps = {
  db: Database;
  /** Opens the connection's connector with its credential unsealed. */
  openConnector(tenantId: string, connectionId: string): Promise<Connector>;
  crash: CrashPoints;
  clock: Clock;
  random(): number;
  logger: Logger;
  timing: LaneTiming;
  /** Names this process in leases. */
  owner: string;
  /** Told about every batch, for metrics. */
  onBatch?(batch: { accounts: number; durationMs: number; outcomes: readonly AccountOutcome[] }): void;
};

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

type Lane = {
  deps: DrainDeps;
  held: HeldLane;
  lease: LaneLease;
  connector: Connector;
  batchSize: number;
  failures: number;
  quarantined: boolean;
};

async function openLane(deps: DrainDeps, held: HeldLane): Promise<Lane> {
  const { lease } = held;
  const [connector] = await Promise.all([
    deps.openConnector(lease.tenantId, lease.connectionId),
    inTenant(deps.db, lease.tenantId, (tx) => takeOverAccounts(tx.last, lease)),
  ]);
  // A lane that failed last time is probed with one account before it gets whole batches again.
  const batchSize = lease.failures > 0 ? 1 : BATCH.first;
  return { deps, held, lease, connector, batchSize, failures: lease.failures, quarantined: false };
}

async function workSlice(lane: Lane, signal: AbortSignal): Promise<LaneEffect | null> {
  const { deps, lease } = lane;
  const endsAtMs = deps.clock.monotonicMs() + deps.timing.sliceMs;
  do {
    const expanding = await expandLane(deps.db, lease);
    const startedAtMs = deps.clock.monotonicMs();
    const batch = await claimBatch(lane);
    deps.crash("after-claim");
    if (batch.work.length === 0) {
      if (expanding) continue;
      return null;
    }
    const effect = await runBatch(lane, batch, signal);
    const tookMs = deps.clock.monotonicMs() - startedAtMs;
    if (effect !== null) return effect;
    lane.failures = 0;
    if (tookMs < BATCH.quickMs) lane.batchSize = Math.min(BATCH.most, Math.max(BATCH.first, lane.batchSize * 2));
    else if (tookMs > BATCH.slowMs) lane.batchSize = Math.max(batch.policy.maxInFlight, Math.ceil(lane.batchSize / 2));
  } while (!signal.aborted && deps.clock.monotonicMs() < endsAtMs);
  return null;
}

type Batch = { policy: ConnectionPolicy; work: AccountWork[] };

async function claimBatch(lane: Lane): Promise<Batch> {
  const { deps, lease, batchSize } = lane;
  return await inTenant(deps.db, lease.tenantId, async (tx) => {
    // The order matters: generations are read by the claim, so whatever is read after it is at least as new.
    const claimed = await claimAccounts(tx, lease, batchSize);
    const policy = await getPolicy(tx, lease.tenantId, lease.connectionId);
    if (claimed.length === 0) return { policy, work: [] };
    const groupIds = [...new Set([...policy.assignedGroupIds, ...policy.rules.map((rule) => rule.groupId)])];
    const userIds = claimed.map((account) => account.userId);
    const people = await getPeople(tx, lease.tenantId, userIds, groupIds);
    const needed = claimed.filter((account) => account.remoteId === null).map((account) => people.get(account.userId));
    const names = needed.flatMap((person) =>
      person === undefined || person.deleted ? [] : [foldCase(person.user.userName)],
    );
    const rivals = await getRivals(tx, lease.tenantId, lease.connectionId, names);
    return { policy, work: claimed.map((account) => toWork(account, people, policy, rivals)) };
  });
}

function toWork(
  account: ClaimedAccount,
  people: ReadonlyMap<string, PersonInput>,
  policy: ConnectionPolicy,
  rivals: readonly Rival[],
): AccountWork {
  const person = people.get(account.userId);
  if (person === undefined) throw new Error(`Account of user ${account.userId} has no user row`);
  const nameKey = foldCase(person.user.userName);
  const holder =
    account.remoteId === null &&
    rivals.find((rival) => rival.userNameKey === nameKey && rival.userId !== account.userId);
  return {
    account,
    desired: desiredAccount(person, policy),
    externalId: person.user.externalId,
    policy,
    holder: holder === false || holder === undefined ? null : holder,
  };
}

async function runBatch(lane: Lane, batch: Batch, signal: AbortSignal): Promise<LaneEffect | null> {
  const { deps, lease, held, connector } = lane;
  const startedAtMs = deps.clock.monotonicMs();
  const context = { signal: new AbortController().signal, timeoutMs: deps.timing.callMs };
  const reconcileDeps = {
    connector,
    crash: deps.crash,
    random: deps.random,
    assertLease: () => held.assertTime(deps.timing.callMs),
    takeOver: (from: { userId: string; remoteId: string }) =>
      inTenant(deps.db, lease.tenantId, (tx) => releaseLink(tx.last, lease, from)),
  };
  const sent = await sendBatch({
    work: batch.work,
    inFlight: batch.policy.maxInFlight,
    ratePerSecond: batch.policy.ratePerSecond,
    clock: deps.clock,
    // An outage or a pause concerns the lane: accounts that were not begun are handed back untouched.
    stop: (effect) => effect?.kind === "throttled" || effect?.kind === "quarantine" || signal.aborted,
    send: (work) => reconcileAccount(reconcileDeps, work, context),
  });
  deps.crash("before-record");
  const results = [...sent.results, ...sent.untouched.map(untouched)];
  const attempts = results.flatMap((result) => result.attempts);
  if (!(await record(lane, results))) {
    await inTenant(deps.db, lease.tenantId, (tx) =>
      distrustAccounts(tx.last, lease, [...new Set(attempts.map((attempt) => attempt.userId))]),
    );
    throw new LeaseLost("The fence refused the record");
  }
  if (sent.error !== undefined) throw sent.error;
  const outcomes = results.map((result) => result.outcome);
  deps.onBatch?.({ accounts: outcomes.length, durationMs: deps.clock.monotonicMs() - startedAtMs, outcomes });
  return laneEffect(results, batch);
}

/** Throttling and connection faults concern the lane at once; an outage only when nobody in the batch got through. */
function laneEffect(results: readonly AccountResult[], batch: Batch): LaneEffect | null {
  const effects = results.flatMap((result) => (result.effect === null ? [] : [result.effect]));
  const quarantine = effects.find((effect) => effect.kind === "quarantine");
  const throttled = effects.find((effect) => effect.kind === "throttled");
  const unreachable = effects.filter((effect) => effect.kind === "unreachable");
  const hopeless = unreachable.length >= Math.min(batch.work.length, 5) && unreachable.length === results.length;
  return quarantine ?? throttled ?? (hopeless ? (unreachable[0] ?? null) : null);
}

function untouched(work: AccountWork): AccountResult {
  const { account } = work;
  const userName = account.applied?.userName;
  return {
    effect: null,
    attempts: [],
    outcome: {
      userId: account.userId,
      generation: account.generation,
      settled: false,
      state: "pending",
      reason: null,
      dueInMs: 0,
      remoteId: account.remoteId,
      remoteUserNameKey: account.remoteId !== null && typeof userName === "string" ? foldCase(userName) : null,
      applied: account.applied,
      verify: account.verify,
      lookups: account.lookups,
      attempts: account.attempts,
    },
  };
}

async function record(lane: Lane, results: readonly AccountResult[]): Promise<boolean> {
  const { deps, lease } = lane;
  const write = (outcomes: readonly AccountOutcome[], attempts: readonly AttemptEntry[]): Promise<boolean> =>
    inTenant(deps.db, lease.tenantId, (tx) => recordOutcomes(tx.last, lease, outcomes, attempts));
  try {
    return await write(
      results.map((result) => result.outcome),
      results.flatMap((result) => result.attempts),
    );
  } catch (error) {
    if (violatedConstraint(error) !== "accounts_remote_id") throw error;
  }
  // Two accounts claim one remote user: record one by one, so that only the second of them is set aside.
  let held = true;
  for (const { outcome, attempts } of results) {
    try {
      held = (await write([outcome], attempts)) && held;
    } catch (error) {
      if (violatedConstraint(error) !== "accounts_remote_id") throw error;
      const reason = "The app's account is linked to another person already: decide whose it is";
      const refused: AccountOutcome = {
        ...outcome,
        settled: false,
        state: "stopped",
        reason,
        dueInMs: null,
        remoteId: null,
        remoteUserNameKey: null,
        applied: null,
      };
      held = (await write([refused], attempts)) && held;
    }
  }
  return held;
}

async function endSlice(lane: Lane, effect: LaneEffect | null): Promise<boolean> {
  const { deps, lease } = lane;
  const failures = effect === null ? lane.failures : lane.failures + 1;
  return await inTenant(deps.db, lease.tenantId, async (tx) => {
    if (!(await lockLane(tx, lease))) return false;
    const next = await nextDue(tx, lease.tenantId, lease.connectionId);
    const heldMs = holdFor(effect, failures, next.removal);
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
