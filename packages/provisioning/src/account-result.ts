import { appOf, type CallOutcome, type Exchange, type RemoteUser } from "@muster/connectors";
import type { DesiredAccount } from "@muster/mapping";
import { type Attributes, foldCase } from "@muster/scim";
import type {
  AccountOutcome,
  AttemptEntry,
  ClaimedAccount,
  Lockout,
  RemovalAction,
  RemovalConfirmation,
} from "@muster/store";
import type { Ask, Conflict, Decision, NameHolder, Observed, PlanPolicy } from "./account-plan.ts";
import { attainable, mapped, seen } from "./known-account.ts";
import { deletionDueMs } from "./leave-schedule.ts";
import { newTraceId } from "./new-trace-id.ts";
import type { Approval } from "./plan-approval.ts";
import { PARKED_MS, retryAfter } from "./retry-policy.ts";
import { nextTwinLookMs } from "./twin-watch.ts";

export type AccountWork = {
  account: ClaimedAccount;
  desired: DesiredAccount;
  externalId: string | null;
  policy: PlanPolicy;
  holder: NameHolder | null;
  decision: Decision | null;
  removalHeld: boolean;
  /** The connection's gate is not open for this person: nothing is made for them. */
  gated?: boolean;
  /** The connection's seats are limited and none is theirs. */
  seatless?: boolean;
  /** What was asked about this account before. */
  approval?: Approval | null;
  /** Decides again what the account should be, by what the app has of it, or with more values taken there. */
  desire?: (applied: Attributes | null, taken: ReadonlySet<string>) => DesiredAccount;
  /** Values that others of ours have in the app. */
  taken?: ReadonlySet<string>;
  /** What an account of somebody who is to have none would be called there, should one have been made. */
  namesThere?: () => NamesThere;
};

/** By which an account of ours is found in the app; more than one name where a mapping has several to choose from. */
export type NamesThere = { userNames: readonly string[]; email: string | null };

/** What the outcome of one account means for its whole lane. */
export type LaneEffect =
  | { kind: "throttled"; retryAfterMs: number | null; reason: string }
  /** `outage`: the app does not work, which ends by itself; else it refuses us, which does not. */
  | { kind: "quarantine"; reason: string; outage?: true }
  | { kind: "unreachable"; reason: string };

export type AccountResult = {
  outcome: AccountOutcome;
  attempts: AttemptEntry[];
  effect: LaneEffect | null;
  /** By the monotonic clock, for the receipt. */
  pushedAtMs?: number | null;
  removed?: Removed | null;
  /** Accounts of the app that somebody must decide about. */
  conflict?: Conflict | undefined;
  /** What somebody has to approve; null for nothing, left out where the account was not looked at. */
  asked?: Ask | null;
  /** Why the lockout guard keeps the account as it is. */
  lockout?: Lockout | null;
};

/** What went over the wire during one call, shown when it is asked for. */
export type Wire = (() => Exchange)[];

/** What is known of one account while it is worked on. */
export type Progress = {
  remoteId: string | null;
  applied: Attributes | null;
  verify: boolean;
  lookups: number;
  observed: Observed | null;
  holder: NameHolder | null;
  decision: Decision | null;
  /** What should be, where that was decided again since the work began. */
  desired: DesiredAccount | null;
  /** Values that the app refused since then, because somebody has them. */
  taken: ReadonlySet<string>;
  traceId: string;
  attempts: AttemptEntry[];
  /** What each of the attempts sent and got. */
  wires: Wire[];
  /** As `ClaimedAccount` has it; 0 when a create was left behind just now. */
  twinForMs: number | null;
  /** Why a second account could not be taken away. */
  twinFailure: Failure | null;
  /** When the app answered 2xx to a removal, and when and how that was read back; by the monotonic clock. */
  pushedAtMs: number | null;
  removed: Removed | null;
};

/** Where the work on an account begins: what was known of it when it was claimed. */
export function beginProgress({ account, holder, decision }: AccountWork): Progress {
  return {
    remoteId: account.remoteId,
    applied: account.applied,
    verify: account.verify,
    lookups: account.lookups,
    observed: null,
    holder,
    decision,
    desired: null,
    taken: new Set(),
    // Work that no request asked for is a trace of its own.
    traceId: account.traceId ?? newTraceId(),
    attempts: [],
    wires: [],
    twinForMs: account.twinForMs,
    twinFailure: null,
    pushedAtMs: null,
    removed: null,
  };
}

/** A removal that was read back, or cannot be. */
export type Removed = {
  remoteId: string;
  action: RemovalAction;
  confirmation: RemovalConfirmation;
  confirmedAtMs: number;
};

/**
 * An answer 2xx counts only if it shows what was asked (F42): the same account, with the userName, externalId and `active` that it
 * should have. What an app leaves out is not held against it, nor how it writes the rest: servers normalise.
 */
export function accept(
  work: AccountWork,
  progress: Progress,
  reply: RemoteUser | undefined,
  asked: Attributes,
): AccountResult {
  // Known there under our own id, until an answer names another.
  const isOwn = progress.remoteId === work.account.userId && appOf(work.policy).users.repeatable;
  const known = isOwn ? null : progress.remoteId;
  const wrong = reply === undefined ? null : contradiction(known, reply, asked, pendingOf(work) !== null);
  if (wrong !== null) {
    // Whose account a reply shows that names somebody else is not known: only a look-up may link it.
    if (wrong.isSameAccount && reply !== undefined) progress.remoteId = reply.remoteId;
    return mismatch(work, progress, `The app answered success but shows ${wrong.what}`);
  }
  if (reply !== undefined) progress.remoteId = reply.remoteId;
  progress.applied = asked;
  // What was seen before the write is outdated.
  progress.observed = null;
  return settled(work, progress, reply);
}

type Contradiction = { what: string; isSameAccount: boolean };

function contradiction(
  remoteId: string | null,
  reply: RemoteUser,
  asked: Attributes,
  mayBePending: boolean,
): Contradiction | null {
  const where = (attribute: string, shown: unknown, wanted: unknown) =>
    `${attribute} ${JSON.stringify(shown)} where ${JSON.stringify(wanted)} was asked`;
  if (remoteId !== null && reply.remoteId !== remoteId)
    return { what: where("id", reply.remoteId, remoteId), isSameAccount: false };
  const { userName, externalId, active } = asked;
  if (reply.externalId !== null && typeof externalId === "string" && reply.externalId !== externalId)
    return { what: where("externalId", reply.externalId, externalId), isSameAccount: false };
  // userName is compared without case (RFC 7643 section 4.1.1): many apps keep it in lower case.
  if (reply.userName !== null && typeof userName === "string" && foldCase(reply.userName) !== foldCase(userName))
    return { what: where("userName", reply.userName, userName), isSameAccount: false };
  const isPending = mayBePending && active === true;
  if (reply.active !== null && reply.active !== active && !isPending)
    return { what: where("active", reply.active, active), isSameAccount: true };
  return null;
}

/** The app said success and shows something else: not applied, and looked at before the next try. */
export function mismatch(work: AccountWork, progress: Progress, reason: string): AccountResult {
  progress.verify = true;
  const attempts = work.account.attempts + 1;
  const retry = retryAfter({ attempts, removal: work.account.removal, random: 1 });
  const state = retry.kind === "parked" ? "stopped" : "failing";
  return finish(work, progress, { state, reason, dueInMs: retry.dueInMs, attempts });
}

/** Everything that a call may come to besides success. */
export type Failure = Exclude<CallOutcome<never>, { kind: "ok" }>;

/** Turns a failed call into what to record: charged or not, when again, and what it means for the lane. */
export function failed(
  deps: { random(): number },
  work: AccountWork,
  progress: Progress,
  failure: Failure,
  wrote: boolean,
): AccountResult {
  const { removal } = work.account;
  const attempts = work.account.attempts + 1;
  const reason = failure.detail;
  switch (failure.kind) {
    case "throttled": {
      // The lane pauses as a whole; the account is charged nothing.
      const effect: LaneEffect = { kind: "throttled", retryAfterMs: failure.retryAfterMs, reason };
      return finish(work, progress, { state: "pending", reason, dueInMs: 0 }, effect);
    }
    case "connection":
      return finish(work, progress, { state: "pending", reason, dueInMs: 0 }, { kind: "quarantine", reason });
    case "unknown":
    case "transient": {
      const retry = retryAfter({ attempts, removal, random: deps.random() });
      const effect: LaneEffect = { kind: "unreachable", reason };
      return finish(
        work,
        progress,
        { state: retry.kind === "parked" ? "stopped" : "failing", reason, dueInMs: retry.dueInMs, attempts },
        effect,
      );
    }
    case "conflict":
    case "gone":
    case "permanent":
      return finish(work, progress, {
        state: "stopped",
        reason: wrote ? reason : `Looking the account up failed: ${reason}`,
        dueInMs: PARKED_MS,
        attempts,
      });
  }
}

/** The app is as desired; `shown` is what it said last, where that is not what was observed. */
export function settled(work: AccountWork, progress: Progress, shown?: RemoteUser): AccountResult {
  const last = shown ?? (progress.observed?.kind === "found" ? progress.observed.remote : undefined);
  progress.verify = false;
  progress.lookups = 0;
  if (progress.observed?.kind === "found" && progress.remoteId !== null) {
    const { remote } = progress.observed;
    // One that was not sent is not there.
    if (work.desired.kind === "present" && work.desired.problems.length === 0)
      progress.applied = asSettled(work.desired.payload, remote, progress.applied, work.policy);
    // Also the name, which decides whom the account stands in the way of.
    else progress.applied = seen(remote, progress.applied, work.policy);
  }
  // A leaver's account that is to be deleted later is looked at again then (house trap 8).
  const gone = work.desired.kind === "absent" && progress.remoteId !== null;
  const dueInMs = gone ? deletionDueMs(work.policy, work.account.leftForMs) : null;
  const isActive = work.desired.kind === "present" && work.desired.active && progress.remoteId !== null;
  const reason = isActive ? (last?.waitsFor ?? pendingOf(work)) : null;
  return finish(work, progress, { state: "synced", reason, dueInMs, settled: true });
}

/** What an account has that was looked at and needs nothing more: as desired, but for what cannot be changed there. */
function asSettled(
  payload: Attributes,
  remote: RemoteUser,
  applied: Attributes | null,
  policy: PlanPolicy,
): Attributes {
  return attainable(mapped(remote, payload, applied, policy), payload, policy);
}

/** What to say of active accounts where the app shows nobody as active before they have a password (SB10, SB25). */
const pendingOf = ({ policy }: AccountWork): string | null => appOf(policy).users.pending;

/** What somebody who is active still waits for there, only a look can tell: asks for one, if there was none. */
export function looksForWaiting({ desired, policy }: AccountWork, progress: Progress): boolean {
  const isActive = desired.kind === "present" && desired.active && progress.remoteId !== null;
  const looks = isActive && progress.observed === null && appOf(policy).users.tellsWaiting;
  if (looks) progress.verify = true;
  return looks;
}

/** Ends the work on an account for now. */
export function finish(
  work: AccountWork,
  progress: Progress,
  end: {
    state: AccountOutcome["state"];
    reason: string | null;
    dueInMs: number | null;
    attempts?: number;
    settled?: boolean;
    waits?: boolean;
  },
  effect: LaneEffect | null = null,
): AccountResult {
  const { account } = work;
  const waits = end.settled !== true && end.dueInMs !== null;
  const lookInMs = waits ? null : nextTwinLookMs(progress.twinForMs);
  const dueInMs =
    end.dueInMs === null || lookInMs === null ? (end.dueInMs ?? lookInMs) : Math.min(end.dueInMs, lookInMs);
  return {
    effect,
    pushedAtMs: progress.pushedAtMs,
    removed: end.settled === true ? progress.removed : null,
    attempts: progress.attempts,
    asked: null,
    outcome: {
      userId: account.userId,
      generation: account.generation,
      settled: end.settled === true,
      state: end.state,
      reason: end.reason,
      dueInMs,
      remoteId: progress.remoteId,
      remoteUserNameKey: heldNameKey(progress),
      applied: progress.applied,
      verify: progress.verify,
      lookups: progress.lookups,
      attempts: end.settled === true ? 0 : (end.attempts ?? account.attempts),
      left: work.desired.kind === "absent" && progress.remoteId !== null,
      twin: progress.twinForMs === 0,
      waits: end.waits === true,
    },
  };
}

/** The userName that a linked account holds in the app, folded; null when it holds none. */
export function heldNameKey(link: { remoteId: string | null; applied: Attributes | null }): string | null {
  const userName = link.applied?.userName;
  return link.remoteId !== null && typeof userName === "string" ? foldCase(userName) : null;
}
