import { appOf, type CallContext, type CallOutcome, type Connector, type RemoteUser } from "@muster/connectors";
import { candidateKey } from "@muster/mapping";
import type { Attributes } from "@muster/scim";
import type { AccountPlan } from "./account-plan.ts";
import {
  type AccountResult,
  type AccountWork,
  accept,
  beginProgress,
  failed,
  finish,
  looksForWaiting,
  type Progress,
  settled,
} from "./account-result.ts";
import { closeAttempts, KEEP_ALL, type Keep } from "./close-attempts.ts";
import { confirmDeactivation, confirmDeletion, noteFoundRemoved } from "./confirm-deactivation.ts";
import { findAccounts } from "./find-accounts.ts";
import { canSearch } from "./known-account.ts";
import { LOOKUPS_BEFORE_CREATE, planAccount } from "./plan-account.ts";
import { findTwins, retireTwins, type TwinCalls } from "./retire-twins.ts";
import { PARKED_MS } from "./retry-policy.ts";
import { toAttempt } from "./to-attempt.ts";
import { mayHaveTwin } from "./twin-watch.ts";

export type ReconcileDeps = {
  connector: Connector;
  /** Moves the link of a former person's account to this one; false when it moved meanwhile. */
  takeOver(from: { userId: string; remoteId: string }, toUserId: string): Promise<boolean>;
  /** Which of these accounts of the app are linked to another person than this one. */
  linkedToOthers(userId: string, remoteIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Tells, before it is done, that second accounts of a person are taken away. */
  noteTwins(userId: string, remoteIds: readonly string[], deletes: boolean): Promise<void>;
  /** Throws when the lease may end before a call could: asked before every request. */
  assertLease(): void;
  crash(point: string): void;
  random(): number;
  now(): Date;
  /** What is kept of exchanges; everything unless said. */
  keep?: Keep;
  /** The monotonic clock. */
  nowMs(): number;
};

/** A plan is at most look, take over, adopt, update and a look after a conflict: more steps mean a loop. */
const MAX_STEPS = 8;

/**
 * Brings the app's copy of one person to the desired state, step by step, and says what to record. Never throws for
 * what an app does; throws when the lease is lost, because then nothing may be recorded.
 */
export async function reconcileAccount(
  deps: ReconcileDeps,
  work: AccountWork,
  context: CallContext,
): Promise<AccountResult> {
  const progress = beginProgress(work);
  const observed: CallContext = {
    ...context,
    traceId: progress.traceId,
    subject: { userId: work.account.userId, generation: work.account.generation },
    observe: (show) => progress.wires.at(-1)?.push(show),
  };
  const result = await takeSteps(deps, work, progress, observed);
  return closeAttempts(result, progress.wires, deps.keep ?? KEEP_ALL);
}

async function takeSteps(
  deps: ReconcileDeps,
  begun: AccountWork,
  progress: Progress,
  context: CallContext,
): Promise<AccountResult> {
  const { account } = begun;
  for (let step = 0; step < MAX_STEPS + 2 * progress.taken.size; step += 1) {
    const work = progress.desired === null ? begun : { ...begun, desired: progress.desired };
    const plan = planAccount({
      desired: work.desired,
      policy: work.policy,
      observed: progress.observed,
      holder: progress.holder,
      decision: progress.decision,
      removalHeld: work.removalHeld,
      gated: work.gated === true,
      seatless: work.seatless === true,
      approval: work.approval ?? null,
      link: {
        userId: account.userId,
        externalId: work.externalId,
        remoteId: progress.remoteId,
        applied: progress.applied,
        verify: progress.verify,
        lookups: progress.lookups,
        leftForMs: account.leftForMs,
        mayHaveTwin: mayHaveTwin(progress.twinForMs),
      },
    });
    const ended = await takeStep(deps, work, plan, progress, context);
    if (ended !== undefined) return progress.twinFailure === null ? ended : withTwinLeft(deps, work, progress, ended);
  }
  return finish(begun, progress, {
    state: "stopped",
    reason: "The app's answers lead nowhere: every step asks for another",
    dueInMs: PARKED_MS,
  });
}

/** The person's account is as it should be, but not their second one: that is tried again like any other failure. */
function withTwinLeft(deps: ReconcileDeps, work: AccountWork, progress: Progress, ended: AccountResult): AccountResult {
  const { twinFailure } = progress;
  if (twinFailure === null || !ended.outcome.settled) return ended;
  return failed(deps, work, { ...progress, verify: true }, twinFailure, true);
}

async function takeStep(
  deps: ReconcileDeps,
  work: AccountWork,
  plan: AccountPlan,
  progress: Progress,
  context: CallContext,
): Promise<AccountResult | undefined> {
  switch (plan.kind) {
    case "none":
      if (looksForWaiting(work, progress)) return undefined;
      noteFoundRemoved(deps, work, progress);
      return settled(work, progress);
    case "wait":
      if (progress.observed?.kind === "missing" || progress.observed?.kind === "linked") progress.lookups += 1;
      return finish(work, progress, { state: "pending", reason: plan.reason, dueInMs: plan.delayMs });
    case "refuse": {
      const state = plan.conflict?.asked === true ? "held" : "stopped";
      const ended = finish(work, progress, { state, reason: plan.reason, dueInMs: PARKED_MS });
      return { ...ended, conflict: plan.conflict };
    }
    case "gated":
      // Opening the gate expands the connection, and so looks at it again.
      return finish(work, progress, { state: "held", reason: plan.reason, dueInMs: null });
    case "waitlisted": {
      // Whoever is let in is made due. What was unknown of them has been looked up by now, where it can be.
      const known = { ...progress, verify: progress.verify && !canSearch(work.policy), lookups: 0 };
      return finish(work, known, { state: "held", reason: plan.reason, dueInMs: null, waits: true });
    }
    case "unapproved":
      // Whoever decides makes it due.
      return { ...finish(work, progress, { state: "held", reason: plan.reason, dueInMs: null }), asked: plan.ask };
    case "forbidden":
      // Looked at again when the settings, or the person, change: an edit of settings expands the connection.
      return finish(work, progress, { state: "stopped", reason: plan.reason, dueInMs: null });
    case "unfit": {
      // Looked at again when the person or the mapping changes; a name that is taken today may be free another day.
      const dueInMs = progress.taken.size === 0 ? null : PARKED_MS;
      return finish(work, progress, { state: "stopped", reason: plan.reason, dueInMs });
    }
    case "adopt":
      progress.remoteId = plan.remote.remoteId;
      progress.decision = null;
      decideAgain(work, progress, plan.remote.resource);
      // Its twins, if any, are dealt with by now.
      progress.observed = { kind: "found", remote: plan.remote };
      progress.verify = true;
      return undefined;
    case "takeOver":
      return await takeOver(deps, work, plan, progress);
    case "retireTwins":
      return await retireTwins(callsOf(deps, work, progress, context), deps, work, plan, progress);
    case "look":
      return await look(deps, work, progress, context, false);
    case "create":
      return await create(deps, work, plan.payload, progress, context);
    case "delete":
      return await remove(deps, work, plan.remoteId, progress, context);
    case "update":
    case "deactivate":
    case "reactivate": {
      const ended = await update(deps, work, plan, progress, context);
      return plan.isPart === true && ended?.outcome.settled === true ? undefined : ended;
    }
  }
}

/** What is sent on create only, not cleared, or chosen once, depends on what the app has of an account that is taken over. */
function decideAgain({ desire, taken }: AccountWork, progress: Progress, applied: Attributes | null): void {
  if (desire !== undefined) progress.desired = desire(applied, new Set([...(taken ?? []), ...progress.taken]));
}

async function takeOver(
  deps: ReconcileDeps,
  work: AccountWork,
  plan: Extract<AccountPlan, { kind: "takeOver" }>,
  progress: Progress,
): Promise<AccountResult | undefined> {
  if (!(await deps.takeOver(plan.from, work.account.userId)))
    return finish(work, progress, {
      state: "pending",
      reason: "Waits for the former account of this userName",
      dueInMs: 1_000,
    });
  progress.holder = null;
  progress.remoteId = plan.from.remoteId;
  progress.applied = null;
  progress.verify = true;
  return undefined;
}

async function look(
  deps: ReconcileDeps,
  work: AccountWork,
  progress: Progress,
  context: CallContext,
  conflict: boolean,
): Promise<AccountResult | undefined> {
  const decided = progress.decision?.kind === "link" ? progress.decision.remoteId : null;
  const remoteId = progress.remoteId ?? decided;
  if (remoteId !== null) {
    let twins: RemoteUser[] = [];
    if (progress.remoteId !== null && mayHaveTwin(progress.twinForMs)) {
      const found = await findTwins(callsOf(deps, work, progress, context), deps, work, progress);
      if (found.kind === "failed") return failed(deps, work, progress, found.failure, false);
      twins = found.twins;
      if (found.linked !== null) {
        progress.observed = { kind: "found", remote: found.linked, by: "remoteId", twins };
        return undefined;
      }
    }
    const read = await call(deps, work, progress, "read", () => deps.connector.readUser(remoteId, context));
    if (read.kind === "ok") {
      progress.observed = { kind: "found", remote: read.value, by: "remoteId", twins };
      if (progress.applied === null) decideAgain(work, progress, read.value.resource);
    } else if (read.kind !== "gone") return failed(deps, work, progress, read, false);
    else if (progress.remoteId !== null) unlink(work, progress);
    // What was decided about is gone: as if nothing had been decided.
    else progress.decision = null;
    return undefined;
  }
  const { findUsers } = callsOf(deps, work, progress, context);
  const beside = progress.decision?.kind === "createNew";
  const found = await findAccounts({ findUsers, linkedToOthers: deps.linkedToOthers }, work, { conflict, beside });
  if (found.kind === "failed") return failed(deps, work, progress, found.failure, false);
  progress.observed = found;
  return undefined;
}

/** How long an app may take to show an account everywhere that it has just made (F30). */
const FRESH_MS = 60_000;

/**
 * Gone by its id: one look-up by name follows, then it is created again only if it should be active. One that was linked a
 * moment ago may not be shown yet: it is looked up like a create of unknown fate, and watched for after that.
 */
function unlink(work: AccountWork, progress: Progress): void {
  const { linkedForMs } = work.account;
  const isFresh = linkedForMs !== null && linkedForMs < FRESH_MS;
  progress.remoteId = null;
  progress.applied = null;
  progress.observed = null;
  progress.verify = true;
  progress.lookups = isFresh ? 0 : Math.max(progress.lookups, LOOKUPS_BEFORE_CREATE - 1);
  if (isFresh) progress.twinForMs = 0;
}

async function create(
  deps: ReconcileDeps,
  work: AccountWork,
  payload: Attributes,
  progress: Progress,
  context: CallContext,
): Promise<AccountResult | undefined> {
  deps.crash("before-create");
  const created = await call(deps, work, progress, "create", () => deps.connector.createUser(payload, context));
  deps.crash("after-reply");
  if (created.kind === "conflict") {
    const ended = await look(deps, work, progress, context, true);
    const isFound = progress.observed?.kind === "found" && progress.observed.remote.externalId === work.account.userId;
    if (ended === undefined && !isFound) chooseAgain(work, progress);
    return ended;
  }
  if (created.kind === "unknown") {
    progress.verify = true;
    progress.lookups = 0;
    progress.twinForMs = 0;
  }
  if (created.kind !== "ok") return failed(deps, work, progress, created, true);
  return accept(work, progress, created.value, payload);
}

/** Values that are tried for one account before it is left to somebody's decision. */
const MAX_CHOICES = 5;

/** Somebody else has the value in the app that was the first to try: the next one is tried. False where there are none. */
function chooseAgain(work: AccountWork, progress: Progress): boolean {
  const { desired } = work;
  if (desired.kind === "absent" || progress.taken.size >= MAX_CHOICES) return false;
  const tried = desired.candidates.flatMap(({ chosen }) => (chosen === null ? [] : [candidateKey(chosen)]));
  if (tried.length === 0 || work.desire === undefined) return false;
  progress.taken = new Set([...progress.taken, ...tried]);
  progress.observed = null;
  decideAgain(work, progress, progress.applied);
  return true;
}

async function update(
  deps: ReconcileDeps,
  work: AccountWork,
  plan: Extract<AccountPlan, { kind: "update" | "deactivate" | "reactivate" }>,
  progress: Progress,
  context: CallContext,
): Promise<AccountResult | undefined> {
  const updated = await call(deps, work, progress, plan.kind, () =>
    deps.connector.updateUser(plan.remoteId, { from: plan.from, to: plan.to }, context),
  );
  deps.crash("after-reply");
  if (updated.kind === "conflict" && chooseAgain(work, progress)) return undefined;
  if (updated.kind === "gone") {
    unlink(work, progress);
    return undefined;
  }
  if (updated.kind !== "ok") {
    // A write that failed may have done a part; only a refusal before any work leaves what we know as it was.
    if (updated.kind !== "throttled" && updated.kind !== "connection") progress.verify = true;
    return failed(deps, work, progress, updated, true);
  }
  const result = accept(work, progress, updated.value ?? undefined, plan.to);
  if (plan.kind !== "deactivate" || !result.outcome.settled) return result;
  progress.pushedAtMs = deps.nowMs();
  const read = readBack(deps, work, progress, plan.remoteId, context);
  return await confirmDeactivation({ ...clocks(deps), read }, work, progress, plan);
}

async function remove(
  deps: ReconcileDeps,
  work: AccountWork,
  remoteId: string,
  progress: Progress,
  context: CallContext,
): Promise<AccountResult> {
  const removed = await call(deps, work, progress, "delete", () => deps.connector.deleteUser(remoteId, context));
  deps.crash("after-reply");
  if (removed.kind !== "ok") {
    if (removed.kind === "unknown") progress.verify = true;
    return failed(deps, work, progress, removed, true);
  }
  progress.pushedAtMs = deps.nowMs();
  const read = readBack(deps, work, progress, remoteId, context);
  return await confirmDeletion({ ...clocks(deps), read }, work, progress, remoteId);
}

/** Reads an account back after a removal; one that its app does not show is not asked for. */
function readBack(
  deps: ReconcileDeps,
  work: AccountWork,
  progress: Progress,
  remoteId: string,
  context: CallContext,
): () => Promise<CallOutcome<RemoteUser>> {
  const { title, users } = appOf(work.policy);
  if (users.reads) return () => call(deps, work, progress, "read", () => deps.connector.readUser(remoteId, context));
  const detail = `${title} has no way to`;
  return async () => ({ kind: "permanent", status: null, detail, durationMs: 0 });
}

const clocks = ({ random, nowMs }: ReconcileDeps) => ({ random, nowMs });

/** The calls that concern other accounts of the app than the linked one. */
function callsOf(deps: ReconcileDeps, work: AccountWork, progress: Progress, context: CallContext): TwinCalls {
  const { connector } = deps;
  return {
    findUsers: (by) => call(deps, work, progress, "find", () => connector.findUsers(by, context)),
    deactivate: (remoteId, change) =>
      call(deps, work, progress, "deactivateTwin", () => connector.updateUser(remoteId, change, context)),
    remove: (remoteId) => call(deps, work, progress, "deleteTwin", () => connector.deleteUser(remoteId, context)),
  };
}

async function call<T>(
  deps: ReconcileDeps,
  work: AccountWork,
  progress: Progress,
  operation: string,
  request: () => Promise<CallOutcome<T>>,
): Promise<CallOutcome<T>> {
  deps.assertLease();
  const startedAt = deps.now();
  progress.wires.push([]);
  const outcome = await request();
  const { userId, generation, attempts } = work.account;
  const about = { userId, traceId: progress.traceId, generation, number: attempts + 1 };
  progress.attempts.push(toAttempt(outcome, { ...about, startedAt, operation }));
  return outcome;
}
