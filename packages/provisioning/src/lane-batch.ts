import type { CallContext } from "@muster/connectors";
import { desiredAccount } from "@muster/mapping";
import { foldCase } from "@muster/scim";
import {
  type AccountOutcome,
  type AttemptEntry,
  type ClaimedAccount,
  type ConnectionPolicy,
  claimAccounts,
  distrustAccounts,
  getPeople,
  getPolicy,
  getRivals,
  inTenant,
  type PersonInput,
  type Rival,
  recordOutcomes,
  releaseLink,
  violatedConstraint,
} from "@muster/store";
import { type AccountResult, heldNameKey, type LaneEffect } from "./account-result.ts";
import { keptByGuard, noteHold, policyUnderHold, releaseReturned } from "./holds.ts";
import type { DrainDeps, Lane } from "./lane.ts";
import { LeaseLost } from "./lane-lease.ts";
import { type ReconcileDeps, reconcileAccount } from "./reconcile-account.ts";
import { PARKED_MS } from "./retry-policy.ts";
import { sendBatch } from "./send-batch.ts";

/** An account as it was claimed; what should be of it is computed only when its turn comes, so that one person whose data no rule can stand fails alone. */
type ClaimedWork = { account: ClaimedAccount; person: PersonInput; holder: Rival | null };
/** What one claim brought, with the policy read after it. */
export type Batch = { policy: ConnectionPolicy; work: ClaimedWork[] };

/** Claims what is due, up to the lane's batch size, with everything that deciding about it needs, in a few statements whatever the size. */
export async function claimBatch(lane: Lane): Promise<Batch> {
  const { deps, lease, batchSize } = lane;
  return await inTenant(deps.db, lease.tenantId, async (tx) => {
    // The order matters: generations are read by the claim, so whatever is read after it is at least as new.
    const claimed = await claimAccounts(tx, lease, batchSize);
    const policy = await getPolicy(tx, lease.tenantId, lease.connectionId);
    if (claimed.length === 0) return { policy, work: [] };
    const groupIds = [...new Set([...policy.assignedGroupIds, ...policy.rules.map((rule) => rule.groupId)])];
    const userIds = claimed.map((account) => account.userId);
    const people = await getPeople(tx, lease, userIds, groupIds);
    await releaseReturned(tx, lease, people, policy);
    const needed = claimed.filter((account) => account.remoteId === null).map((account) => people.get(account.userId));
    const names = needed.flatMap((person) =>
      person === undefined || person.deleted ? [] : [foldCase(person.user.userName)],
    );
    const rivals = await getRivals(tx, lease.tenantId, lease.connectionId, names);
    return { policy, work: claimed.map((account) => toWork(account, people, rivals)) };
  });
}

function toWork(
  account: ClaimedAccount,
  people: ReadonlyMap<string, PersonInput>,
  rivals: readonly Rival[],
): ClaimedWork {
  const person = people.get(account.userId);
  if (person === undefined) throw new Error(`Account of user ${account.userId} has no user row`);
  const nameKey = foldCase(person.user.userName);
  const rival = rivals.find((other) => other.userNameKey === nameKey && other.userId !== account.userId);
  return { account, person, holder: account.remoteId === null ? (rival ?? null) : null };
}

/**
 * Sends a batch and records it. Returns what it means for the lane as a whole.
 *
 * @throws {LeaseLost} when another worker has, or may soon have, the lane; what was sent will be read back
 */
export async function runBatch(lane: Lane, batch: Batch, signal: AbortSignal): Promise<LaneEffect | null> {
  const { deps, lease, held, connector } = lane;
  const startedAtMs = deps.clock.monotonicMs();
  const grace = startGrace(signal);
  const context = { signal: grace.signal, timeoutMs: deps.timing.callMs };
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
    send: (claimed) => reconcileOne(deps, reconcileDeps, batch.policy, claimed, context),
  });
  grace.end();
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

/** Calls under way may end by themselves for this long when the process is to stop; it has 20 s in all (F05). */
const STOP_GRACE_MS = 8_000;

/** A signal that follows `stop` by the grace. What it cuts off is of unknown outcome and will be looked up. */
function startGrace(stop: AbortSignal): { signal: AbortSignal; end(): void } {
  const cut = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(() => cut.abort(new Error("the worker stops")), STOP_GRACE_MS);
  };
  if (stop.aborted) begin();
  else stop.addEventListener("abort", begin, { once: true });
  return {
    signal: cut.signal,
    end() {
      clearTimeout(timer);
      stop.removeEventListener("abort", begin);
    },
  };
}

/** Reconciles one account; whatever goes wrong inside for this one person parks this one account. */
async function reconcileOne(
  deps: DrainDeps,
  reconcileDeps: ReconcileDeps,
  policy: ConnectionPolicy,
  claimed: ClaimedWork,
  context: CallContext,
): Promise<AccountResult> {
  const { account, person, holder } = claimed;
  try {
    const removalHeld = keptByGuard(account, person);
    const desired = desiredAccount(person, removalHeld ? policyUnderHold(policy) : policy);
    const { externalId } = person.user;
    const work = { account, desired, externalId, policy, holder, removalHeld };
    return noteHold(await reconcileAccount(reconcileDeps, work, context), removalHeld ? person : null);
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    deps.logger.error({ error, userId: account.userId }, "an account could not be worked on");
    const { outcome } = untouched(claimed);
    const reason = "Something went wrong inside Muster while working on this account; the log has the error";
    return {
      effect: null,
      attempts: [],
      outcome: { ...outcome, state: "stopped", reason, dueInMs: PARKED_MS, verify: true },
    };
  }
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

function untouched(work: ClaimedWork): AccountResult {
  const { account } = work;
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
      remoteUserNameKey: heldNameKey(account),
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
