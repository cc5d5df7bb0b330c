import type { GroupCallOutcome, RemoteGroup } from "@muster/connectors";
import type { AttemptEntry, ClaimedGroup, GroupCandidate, GroupOutcome, PendingMembers } from "@muster/store";
import type { LaneEffect, Wire } from "./account-result.ts";
import type { GroupLink, GroupRules, ObservedGroup } from "./plan-group.ts";
import { PARKED_MS, retryAfter } from "./retry-policy.ts";

/** What is known of one group while it is worked on. */
export type GroupProgress = GroupLink & {
  observed: ObservedGroup | null;
  pending: PendingMembers;
  policy: GroupRules;
  /** Members in the next request: halved while the app refuses some of them. */
  chunk: number;
  /** Members that were refused alone, one after the other, while none was taken. */
  refusedInRow: number;
  /** The calls that were made for it, and what each of them sent and got. */
  attempts: AttemptEntry[];
  wires: Wire[];
};

export type GroupResult = { outcome: GroupOutcome; effect: LaneEffect | null; attempts?: AttemptEntry[] };

/** Everything that a call about a group may come to besides success. */
export type GroupFailure = Exclude<GroupCallOutcome<never>, { kind: "ok" }>;

/** Begins with what is stored of a claimed group. */
export function beginGroup(group: ClaimedGroup, policy: GroupRules): GroupProgress {
  return {
    groupId: group.groupId,
    remoteId: group.remoteId,
    appliedName: group.appliedName,
    made: group.made,
    former: group.former,
    verify: group.verify,
    lookups: group.lookups,
    decidedRemoteId: group.decidedRemoteId,
    observed: null,
    pending: group.pending,
    policy,
    chunk: policy.chunk,
    refusedInRow: 0,
    attempts: [],
    wires: [],
  };
}

type End = {
  state: GroupOutcome["state"];
  reason: string | null;
  dueInMs: number | null;
  settled?: boolean;
  forgotten?: boolean;
  inFlight?: boolean;
  failure?: GroupFailure;
  attempts?: number;
  candidates?: readonly GroupCandidate[];
};

/** Says what to record of a group, at its end or between two steps. */
export function groupOutcome(group: ClaimedGroup, progress: GroupProgress, end: End): GroupOutcome {
  const settled = end.settled === true;
  return {
    groupId: group.groupId,
    generation: group.generation,
    settled,
    forgotten: end.forgotten === true,
    inFlight: end.inFlight === true,
    state: end.state,
    reason: end.reason,
    errorClass: end.failure?.kind ?? null,
    status: end.failure?.status ?? null,
    dueInMs: end.dueInMs,
    remoteId: progress.remoteId,
    appliedName: progress.appliedName,
    made: progress.made,
    former: progress.former,
    // What was sent again is certain once it was taken.
    verify: progress.verify && !(settled && !progress.policy.reads),
    lookups: settled ? 0 : progress.lookups,
    attempts: settled ? 0 : (end.attempts ?? group.attempts),
    candidates: end.candidates ?? [],
    decidedRemoteId: progress.decidedRemoteId,
  };
}

/** Ends the work on a group for now. */
export function endGroup(
  group: ClaimedGroup,
  progress: GroupProgress,
  end: End,
  effect: LaneEffect | null = null,
): GroupResult {
  return { outcome: groupOutcome(group, progress, end), effect };
}

/** Turns a failed call into what to record: charged or not, when again, and what it means for the lane. */
export function failedGroup(
  deps: { random(): number },
  group: ClaimedGroup,
  progress: GroupProgress,
  failure: GroupFailure,
): GroupResult {
  const attempts = group.attempts + 1;
  const reason = failure.detail;
  switch (failure.kind) {
    case "throttled": {
      const effect: LaneEffect = { kind: "throttled", retryAfterMs: failure.retryAfterMs, reason };
      return endGroup(group, progress, { state: "pending", reason, dueInMs: 0, failure }, effect);
    }
    case "connection": {
      const effect: LaneEffect = { kind: "quarantine", reason };
      return endGroup(group, progress, { state: "pending", reason, dueInMs: 0, failure }, effect);
    }
    case "unknown":
    case "transient": {
      const retry = retryAfter({ attempts, removal: false, random: deps.random() });
      const state = retry.kind === "parked" ? "stopped" : "failing";
      const effect: LaneEffect = { kind: "unreachable", reason };
      return endGroup(group, progress, { state, reason, dueInMs: retry.dueInMs, failure, attempts }, effect);
    }
    case "tooMany":
    case "conflict":
    case "gone":
    case "permanent":
      return endGroup(group, progress, { state: "stopped", reason, dueInMs: PARKED_MS, failure, attempts });
  }
}

/** The app said success and shows something else: not applied, and looked at before the next try. */
export function mismatchedGroup(group: ClaimedGroup, progress: GroupProgress, reason: string): GroupResult {
  progress.verify = true;
  const attempts = group.attempts + 1;
  const retry = retryAfter({ attempts, removal: false, random: 1 });
  const state = retry.kind === "parked" ? "stopped" : "failing";
  return endGroup(group, progress, { state, reason, dueInMs: retry.dueInMs, attempts });
}

/** Which of the members that were sent the reply contradicts (F42); none where it lists no members. */
export function contradicted(
  reply: RemoteGroup | null,
  sent: { kind: "add" | "remove"; remoteIds: readonly string[] },
): Set<string> {
  if (reply === null || reply.members === null) return new Set();
  const shown = new Set(reply.members);
  return new Set(sent.remoteIds.filter((id) => shown.has(id) !== (sent.kind === "add")));
}
