import type { CallContext, GroupCallOutcome, GroupConnector } from "@muster/connectors";
import { uuidV7 } from "@muster/runtime";
import type { ClaimedGroup, GroupOutcome, PendingMembers } from "@muster/store";
import type { Keep } from "./close-attempts.ts";
import { type GroupProgress, groupOutcome } from "./group-result.ts";
import { LOOKUPS_BEFORE_CREATE } from "./plan-account.ts";

/** What is read and recorded between the steps. Every record throws when the fence refuses it. */
export type GroupStore = {
  save(outcome: GroupOutcome): Promise<void>;
  /** Takes over whom the app has in the group; what is left to do then. */
  observe(remoteIds: readonly string[]): Promise<PendingMembers>;
  /** Forgets who was in the group: everybody is missing there. */
  reset(outcome: GroupOutcome): Promise<PendingMembers>;
  take(change: "add" | "remove", limit: number): Promise<string[]>;
  record(kind: "add" | "remove" | "park", remoteIds: readonly string[], reason?: string): Promise<void>;
  whole(seen: readonly string[]): Promise<string[]>;
  learnLimit(limit: number): Promise<void>;
  linkedToOthers(remoteIds: readonly string[]): Promise<ReadonlySet<string>>;
};

export type ReconcileGroupDeps = {
  connector: GroupConnector;
  store: GroupStore;
  /** Throws when the lease may end before a call could: asked before every request. */
  assertLease(): void;
  crash(point: string): void;
  random(): number;
  now(): Date;
  /** What is kept of exchanges; everything unless said. */
  keep?: Keep;
  /** Waits until the lane's rate allows one more call. */
  pace(): Promise<void>;
  /** The time of this batch is over: what is left goes on at the next. */
  isOver(): boolean;
};

/** A group while it is worked on. */
export type GroupWork = { group: ClaimedGroup; progress: GroupProgress; context: CallContext };

/** What is known of a group between two steps. */
export const between = ({ group, progress }: GroupWork): GroupOutcome =>
  groupOutcome(group, progress, { state: "pending", reason: null, dueInMs: 0, inFlight: true });

/** Gone for certain: one look by name follows, and then it is made again. */
export async function unlink(deps: ReconcileGroupDeps, work: GroupWork): Promise<void> {
  const { progress } = work;
  progress.remoteId = null;
  progress.appliedName = null;
  progress.made = false;
  progress.observed = null;
  progress.verify = true;
  progress.lookups = LOOKUPS_BEFORE_CREATE - 1;
  progress.pending = await deps.store.reset(between(work));
}

/** What the list of attempts calls a request about a group. */
type GroupOperation =
  | "readGroup"
  | "findGroups"
  | "createGroup"
  | "renameGroup"
  | "replaceGroup"
  | "addMembers"
  | "removeMembers"
  | "deleteGroup";

/** Sends one request, as the lease and the rate allow, and notes it. What followed from it is said once that is known. */
export async function callApp<T>(
  deps: ReconcileGroupDeps,
  { group, progress }: GroupWork,
  operation: GroupOperation,
  request: () => Promise<GroupCallOutcome<T>>,
): Promise<GroupCallOutcome<T>> {
  await deps.pace();
  deps.assertLease();
  const startedAt = deps.now();
  progress.wires.push([]);
  const outcome = await request();
  progress.attempts.push({
    id: uuidV7(),
    userId: null,
    groupId: group.groupId,
    traceId: group.traceId,
    startedAt,
    operation,
    outcome: outcome.kind,
    status: outcome.status,
    detail: outcome.kind === "ok" ? null : outcome.detail,
    durationMs: Math.round(outcome.durationMs),
    decision: "",
    retryInMs: null,
    exchanges: null,
    generation: group.generation,
    number: group.attempts + 1,
  });
  return outcome;
}
