import type { CallOutcome, RemoteUser } from "@muster/connectors";
import type { DesiredAccount } from "@muster/mapping";
import { type Attributes, foldCase } from "@muster/scim";
import type { AccountOutcome, AttemptEntry, ClaimedAccount } from "@muster/store";
import type { NameHolder, Observed, PlanPolicy } from "./plan-account.ts";
import { PARKED_MS, retryAfter } from "./retry-policy.ts";

export type AccountWork = {
  account: ClaimedAccount;
  desired: DesiredAccount;
  externalId: string | null;
  policy: PlanPolicy;
  holder: NameHolder | null;
  removalHeld: boolean;
};

/** What the outcome of one account means for its whole lane. */
export type LaneEffect =
  | { kind: "throttled"; retryAfterMs: number | null; reason: string }
  | { kind: "quarantine"; reason: string }
  | { kind: "unreachable"; reason: string };

export type AccountResult = { outcome: AccountOutcome; attempts: AttemptEntry[]; effect: LaneEffect | null };

/** What is known of one account while it is worked on. */
export type Progress = {
  remoteId: string | null;
  applied: Attributes | null;
  verify: boolean;
  lookups: number;
  observed: Observed | null;
  holder: NameHolder | null;
  attempts: AttemptEntry[];
};

/** An answer 2xx counts only if it shows what was asked (F42): an account that is still active was not deactivated. */
export function accept(
  work: AccountWork,
  progress: Progress,
  reply: RemoteUser | undefined,
  asked: Attributes,
): AccountResult {
  if (reply !== undefined) progress.remoteId = reply.remoteId;
  if (reply !== undefined && reply.active !== null && reply.active !== asked.active) {
    progress.verify = true;
    const attempts = work.account.attempts + 1;
    const retry = retryAfter({ attempts, removal: work.account.removal, random: 1 });
    const reason = `The app answered success but shows active ${String(reply.active)} where ${String(asked.active)} was asked`;
    return finish(work, progress, { state: "failing", reason, dueInMs: retry.dueInMs, attempts });
  }
  progress.applied = asked;
  return settled(work, progress);
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

/** The app is as desired. */
export function settled(work: AccountWork, progress: Progress): AccountResult {
  progress.verify = false;
  progress.lookups = 0;
  if (progress.observed?.kind === "found" && progress.remoteId !== null) {
    const { remote } = progress.observed;
    if (work.desired.kind === "present") progress.applied = work.desired.payload;
    else if (progress.applied?.active !== false)
      progress.applied = { ...progress.applied, active: remote.active ?? true };
  }
  return finish(work, progress, { state: "synced", reason: null, dueInMs: null, settled: true });
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
  },
  effect: LaneEffect | null = null,
): AccountResult {
  const { account } = work;
  const decision = end.settled === true ? "done" : end.state === "stopped" ? "parked" : "retry";
  return {
    effect,
    attempts: progress.attempts.map((attempt) => ({ ...attempt, decision })),
    outcome: {
      userId: account.userId,
      generation: account.generation,
      settled: end.settled === true,
      state: end.state,
      reason: end.reason,
      dueInMs: end.dueInMs,
      remoteId: progress.remoteId,
      remoteUserNameKey: heldNameKey(progress),
      applied: progress.applied,
      verify: progress.verify,
      lookups: progress.lookups,
      attempts: end.settled === true ? 0 : (end.attempts ?? account.attempts),
    },
  };
}

/** The userName that a linked account holds in the app, folded; null when it holds none. */
export function heldNameKey(link: { remoteId: string | null; applied: Attributes | null }): string | null {
  const userName = link.applied?.userName;
  return link.remoteId !== null && typeof userName === "string" ? foldCase(userName) : null;
}
