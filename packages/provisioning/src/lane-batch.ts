import type { CallContext } from "@muster/connectors";
import { desiredAccount, type PreparedPolicy, policyFor } from "@muster/mapping";
import type { Attributes } from "@muster/scim";
import {
  type AccountOutcome,
  type AttemptEntry,
  type ClaimedAccount,
  type ConnectionPolicy,
  claimAccounts,
  distrustAccounts,
  doubtDueAccounts,
  findLinkedToOthers,
  getDecisions,
  getPolicy,
  getRivals,
  inTenant,
  moveLink,
  noteTwins,
  type PersonInput,
  type Rival,
  recordConflicts,
  recordOutcomes,
  type StoredApproval,
  type StoredDecision,
  type Tx,
  violatedConstraint,
} from "@muster/store";
import { type AccountResult, heldNameKey, type LaneEffect } from "./account-result.ts";
import { keepApprovals, readApprovals } from "./approval-changes.ts";
import { bindAwaited } from "./bind-awaited.ts";
import type { Keep } from "./close-attempts.ts";
import { conflictChanges, toDecision } from "./conflict-changes.ts";
import { isGated } from "./gate.ts";
import { keptByGuard, noteHold, releaseReturned } from "./holds.ts";
import type { DrainDeps, Lane } from "./lane.ts";
import { inFlightLimit } from "./lane-health.ts";
import { LeaseLost } from "./lane-lease.ts";
import { rateOf } from "./learned-rate.ts";
import type { LockoutGuard } from "./lockout-guard.ts";
import { claimName, namesOfLeaver, wantedNames } from "./name-holders.ts";
import { noteScope } from "./note-scope.ts";
import { readPeople } from "./read-people.ts";
import { type ReconcileDeps, reconcileAccount } from "./reconcile-account.ts";
import { guardLockouts, keepLockouts, noteLockout } from "./record-lockouts.ts";
import { withRemovals } from "./removal-entries.ts";
import { PARKED_MS } from "./retry-policy.ts";
import { isSeatless } from "./seats.ts";
import { sendBatch } from "./send-batch.ts";
import { shapeDesired } from "./shape-desired.ts";
import { watchTries } from "./watch-tries.ts";

/** No account of a batch is begun after this time, so that a removal never waits behind a long batch. */
export const BATCH_MS = 2_000;

/** An account as it was claimed; what should be of it is computed only when its turn comes, so that one person whose data no rule can stand fails alone. */
type ClaimedWork = {
  account: ClaimedAccount;
  person: PersonInput;
  holder: Rival | null;
  /** User names that others of ours have in the app, where the mapping gives several to choose from. */
  taken: ReadonlySet<string>;
  approval: StoredApproval | null;
  /** Undefined when the person is not on the list of conflicts. */
  decided: StoredDecision | undefined;
};
/** What one claim brought, with the policy read after it. */
export type Batch = {
  policy: ConnectionPolicy;
  prepared: PreparedPolicy;
  work: ClaimedWork[];
  /** Null where nobody is protected. */
  lockouts: LockoutGuard | null;
};

/** Claims what is due, up to the lane's batch size, with everything that deciding about it needs, in a few statements whatever the size. */
export async function claimBatch(lane: Lane): Promise<Batch> {
  const { deps, lease, batchSize } = lane;
  const claim = async (tx: Tx): Promise<Batch> => {
    // The order matters: generations are read by the claim, so whatever is read after it is at least as new.
    const claimed = await claimAccounts(tx, lease, batchSize, { removals: lease.removalsOnly });
    const policy = await getPolicy(tx, lease.tenantId, lease.connectionId);
    const prepared = deps.prepare(policy);
    if (claimed.length === 0) return { policy, prepared, work: [], lockouts: null };
    const userIds = claimed.map((account) => account.userId);
    const people = await readPeople(tx, lease, { policy, prepared }, userIds);
    await bindAwaited(tx, lease, policy, people);
    await releaseReturned(tx, lease, people, { prepared, nowMs: deps.clock.now().getTime() });
    const unlinked = claimed.filter((account) => account.remoteId === null).map((account) => account.userId);
    const names = namesOf(deps, { people, prepared }, unlinked);
    const rivals = await getRivals(tx, lease.tenantId, lease.connectionId, [...names.values()].flat());
    const decided = await getDecisions(tx, lease.tenantId, lease.connectionId, unlinked);
    const approvals = await readApprovals(tx, lease, policy, userIds);
    const work = claimed.map((account) => {
      const person = people.get(account.userId);
      if (person === undefined) throw new Error(`Account of user ${account.userId} has no user row`);
      const claims = claimName(account.userId, names.get(account.userId) ?? [], rivals);
      const { userId } = account;
      return { account, person, ...claims, decided: decided.get(userId), approval: approvals.get(userId) ?? null };
    });
    return { policy, prepared, work, lockouts: await guardLockouts(tx, lease, { policy, work }) };
  };
  return await inTenant(deps.db, lease.tenantId, claim, lease.workspaceId);
}

/** The names that people without an account may need. One of whom none can be computed fails when their turn comes, alone. */
function namesOf(
  { clock, logger }: Lane["deps"],
  { people, prepared }: { people: ReadonlyMap<string, PersonInput>; prepared: PreparedPolicy },
  userIds: readonly string[],
): Map<string, string[]> {
  const nowMs = clock.now().getTime();
  return new Map(
    userIds.map((userId) => {
      const person = people.get(userId);
      try {
        return [userId, person === undefined ? [] : wantedNames({ person, prepared, nowMs, applied: null })];
      } catch (error) {
        logger.error({ error, userId }, "an account could not be worked on");
        return [userId, []];
      }
    }),
  );
}

/** Accounts put in doubt in one go. */
const DOUBTED = 1_000;

/** What a claim is while nothing may be sent: whatever is due will be looked at first when it may. */
export async function claimNothing({ deps, lease }: Lane): Promise<Batch> {
  const claim = async (tx: Tx): Promise<Batch> => {
    await doubtDueAccounts(tx, lease, DOUBTED);
    const policy = await getPolicy(tx, lease.tenantId, lease.connectionId);
    return { policy, prepared: deps.prepare(policy), work: [], lockouts: null };
  };
  return await inTenant(deps.db, lease.tenantId, claim, lease.workspaceId);
}

/**
 * Sends a batch and records it. Returns what it means for the lane as a whole.
 *
 * @throws {LeaseLost} when another worker has, or may soon have, the lane; what was sent will be read back
 */
export async function runBatch(lane: Lane, batch: Batch, signal: AbortSignal): Promise<LaneEffect | null> {
  const { deps, lease } = lane;
  const startedAtMs = deps.clock.monotonicMs();
  const grace = startGrace(signal);
  const context = { signal: grace.signal, timeoutMs: deps.timing.callMs };
  const reconcileDeps = depsOf(lane, batch);
  const watch = watchTries(lane);
  lane.sent.paced = batch.policy;
  const sent = await sendBatch({
    work: batch.work,
    inFlight: inFlightLimit(lane.ramp, batch.policy.maxInFlight),
    ratePerSecond: rateOf(batch.policy),
    clock: deps.clock,
    // An outage or a pause concerns the lane: accounts that were not begun are handed back untouched. So they are when the
    // batch takes long, because a removal may have come meanwhile.
    stop: (result) =>
      watch.isFailing(result) ||
      result.effect?.kind === "throttled" ||
      result.effect?.kind === "quarantine" ||
      signal.aborted ||
      deps.clock.monotonicMs() > startedAtMs + BATCH_MS,
    send: async (claimed) => {
      lane.sent.begun += 1;
      const giveBack = await deps.takeTurn?.(lease.tenantId, claimed.account.removal);
      try {
        return await reconcileOne(deps, reconcileDeps, batch, claimed, context);
      } finally {
        giveBack?.();
      }
    },
  });
  grace.end();
  deps.crash("before-record");
  const results = [...sent.results, ...sent.untouched.map(untouched)];
  const listed = new Map(
    batch.work.flatMap(({ account, decided }) => (decided === undefined ? [] : [[account.userId, decided]])),
  );
  if (!(await record(lane, batch, withRemovals(deps, batch, results), listed))) {
    await inTenant(deps.db, lease.tenantId, (tx) => distrustAccounts(tx.last, lease, touchedBy(batch, results)));
    throw new LeaseLost("The fence refused the record");
  }
  if (sent.error !== undefined) throw sent.error;
  const outcomes = results.map((result) => result.outcome);
  const durationMs = deps.clock.monotonicMs() - startedAtMs;
  // Settled, parked with a reason or waiting for a reason of its own: all but failed by the app, or handed back.
  lane.moved ||= results.some(({ effect, outcome }) => effect === null && outcome.dueInMs !== 0);
  deps.onBatch?.({
    accounts: outcomes.length,
    durationMs,
    outcomes,
    removalsMs: removalTimes(batch, outcomes, durationMs),
  });
  const effect = laneEffect(results, batch);
  return effect?.kind === "quarantine" ? effect : (watch.verdict() ?? effect);
}

/** What a connection keeps of what went over the wire. */
export const keepOf = ({ deps, lease }: Pick<Lane, "deps" | "lease">, { keepsBodies }: ConnectionPolicy): Keep => ({
  failed: keepsBodies,
  good: () => keepsBodies && (deps.mayKeepExchange?.(lease.connectionId) ?? true),
});

function depsOf({ deps, lease, held, connector }: Lane, batch: Batch): ReconcileDeps {
  return {
    connector,
    crash: deps.crash,
    random: deps.random,
    now: () => deps.clock.now(),
    keep: keepOf({ deps, lease }, batch.policy),
    nowMs: () => deps.clock.monotonicMs(),
    assertLease: () => held.assertTime(deps.timing.callMs),
    takeOver: (from: { userId: string; remoteId: string }, toUserId: string) =>
      inTenant(deps.db, lease.tenantId, (tx) => moveLink(tx, lease, from, toUserId)),
    noteTwins: (userId: string, remoteIds: readonly string[], deletes: boolean) =>
      inTenant(deps.db, lease.tenantId, (tx) => noteTwins(tx, lease, { userId, remoteIds, deletes })),
    linkedToOthers: (userId: string, remoteIds: readonly string[]) =>
      inTenant(deps.db, lease.tenantId, (tx) =>
        findLinkedToOthers(tx.last, lease.tenantId, lease.connectionId, { userId, remoteIds }),
      ),
  };
}

/** Calls under way may end by themselves for this long when the process is to stop; it has 20 s in all (F05). */
const STOP_GRACE_MS = 8_000;

/** A signal that follows `stop` by the grace. What it cuts off is of unknown outcome and will be looked up. */
export function startGrace(stop: AbortSignal): { signal: AbortSignal; end(): void } {
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
  { policy, prepared, lockouts }: Batch,
  claimed: ClaimedWork,
  context: CallContext,
): Promise<AccountResult> {
  const { account, person, holder, approval } = claimed;
  const decision = toDecision(claimed.decided);
  try {
    const byGuard = keptByGuard(account, person);
    const nowMs = deps.clock.now().getTime();
    const want = (applied: Attributes | null, taken: ReadonlySet<string>, keepsAccess: boolean) =>
      desiredAccount(person, prepared, { nowMs, applied, keepsAccess, taken });
    const lockout = byGuard ? null : (lockouts?.judge(account, want(account.applied, claimed.taken, false)) ?? null);
    const removalHeld = byGuard || lockout !== null;
    const desire = (applied: Attributes | null, taken: ReadonlySet<string>) =>
      shapeDesired(policy, want(applied, taken, removalHeld)).desired;
    const desired = desire(account.applied, claimed.taken);
    const { externalId } = person.user;
    const gated = isGated(policy, person);
    const seatless = isSeatless(policy, account);
    const again = policyFor(prepared, person).mapping === null ? {} : { desire, taken: claimed.taken };
    const limits = { removalHeld, gated, seatless, approval };
    const namesThere = () => namesOfLeaver({ person, prepared, nowMs });
    const work = { account, desired, externalId, policy, holder, decision, namesThere, ...limits, ...again };
    const result = noteScope(await reconcileAccount(reconcileDeps, work, context), desired, nowMs);
    return noteHold(noteLockout(result, lockout), byGuard ? person : null);
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

/** Whose accounts were talked about with the app, and which of the app's those are. */
function touchedBy(batch: Batch, results: readonly AccountResult[]): { userIds: string[]; remoteIds: string[] } {
  const called = results.filter((result) => result.attempts.length > 0).map((result) => result.outcome);
  const userIds = new Set(called.map((outcome) => outcome.userId));
  const known = [...called, ...batch.work.map((work) => work.account).filter((account) => userIds.has(account.userId))];
  return { userIds: [...userIds], remoteIds: known.flatMap(({ remoteId }) => remoteId ?? []) };
}

function removalTimes({ work }: Batch, outcomes: readonly AccountOutcome[], durationMs: number): number[] {
  const done = new Set(outcomes.flatMap((outcome) => (outcome.settled ? [outcome.userId] : [])));
  return work.flatMap(({ account: { userId, removalAgeMs } }) =>
    removalAgeMs !== null && done.has(userId) ? [removalAgeMs + durationMs] : [],
  );
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
      left: null,
    },
  };
}

async function record(
  lane: Lane,
  batch: Batch,
  results: readonly AccountResult[],
  listed: ReadonlyMap<string, StoredDecision>,
): Promise<boolean> {
  const { deps, lease } = lane;
  const write = (outcomes: readonly AccountOutcome[], attempts: readonly AttemptEntry[]): Promise<boolean> =>
    inTenant(deps.db, lease.tenantId, async (tx) => {
      const userIds = new Set(outcomes.map((outcome) => outcome.userId));
      const these = results.filter((result) => userIds.has(result.outcome.userId));
      const changes = conflictChanges(these, listed);
      if (changes !== null) await recordConflicts(tx, lease, changes);
      await keepLockouts(tx, lease, batch, these);
      await keepApprovals(tx, lease, batch, these);
      return await recordOutcomes(tx.last, lease, outcomes, attempts);
    });
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
      const decided = attempts.map((attempt) => ({ ...attempt, decision: "conflict", retryInMs: null }));
      held = (await write([refused], decided)) && held;
    }
  }
  return held;
}
