import type { CallContext, GroupCallOutcome, GroupConnector, GroupLookup, RemoteGroup } from "@muster/connectors";
import type { ClaimedGroup, GroupOutcome, GroupPolicy, PendingMembers } from "@muster/store";
import {
  beginGroup,
  contradicted,
  endGroup,
  failedGroup,
  type GroupProgress,
  type GroupResult,
  groupOutcome,
  mismatchedGroup,
} from "./group-result.ts";
import { LOOKUPS_BEFORE_CREATE } from "./plan-account.ts";
import { type GroupPlan, type ObservedGroup, planGroup } from "./plan-group.ts";
import { PARKED_MS } from "./retry-policy.ts";

/** What is read and recorded between the steps. Every record throws when the fence refuses it. */
export type GroupStore = {
  save(outcome: GroupOutcome): Promise<void>;
  /** Takes over whom the app has in the group; what is left to do then. */
  observe(remoteIds: readonly string[]): Promise<PendingMembers>;
  /** Forgets who was in the group: everybody is missing there. */
  reset(outcome: GroupOutcome): Promise<PendingMembers>;
  take(change: "add" | "remove", limit: number): Promise<string[]>;
  record(kind: "add" | "remove" | "park", remoteIds: readonly string[], reason?: string): Promise<PendingMembers>;
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
  /** Waits until the lane's rate allows one more call. */
  pace(): Promise<void>;
  /** The time of this batch is over: what is left goes on at the next. */
  isOver(): boolean;
};

type Work = { group: ClaimedGroup; progress: GroupProgress; context: CallContext };

/** More steps than any group can need besides its chunks mean a loop. */
const MAX_STEPS = 12;
/** How often a group that the guard holds back is looked at without a decision. */
const HELD_MS = 300_000;
/** So many refused one after the other, and nobody taken: the app refuses the group, not its members. */
const REFUSED_IN_ROW = 25;

/**
 * Brings the app's copy of one group to what it should be, chunk by chunk, until it is done or the batch's time is over, and
 * says what to record. Never throws for what an app does; throws when the lease is lost.
 */
export async function reconcileGroup(
  deps: ReconcileGroupDeps,
  input: { group: ClaimedGroup; policy: GroupPolicy },
  context: CallContext,
): Promise<GroupResult> {
  const { group } = input;
  const progress = beginGroup(group, input.policy);
  const work: Work = { group, progress, context };
  for (let steps = 0; steps < MAX_STEPS; ) {
    if (deps.isOver()) return goOnLater(work);
    const { displayName } = group;
    const { observed, pending, policy } = progress;
    const plan = planGroup({ displayName, link: progress, policy, observed, pending });
    const ended = await takeStep(deps, work, plan);
    if (ended !== undefined) return ended;
    if (plan.kind !== "members") steps += 1;
  }
  return endGroup(group, progress, {
    state: "stopped",
    reason: "The app's answers lead nowhere: every step asks for another",
    dueInMs: PARKED_MS,
  });
}

const goOnLater = ({ group, progress }: Work): GroupResult =>
  endGroup(group, progress, { state: "pending", reason: null, dueInMs: 0 });

async function takeStep(deps: ReconcileGroupDeps, work: Work, plan: GroupPlan): Promise<GroupResult | undefined> {
  const { group, progress } = work;
  switch (plan.kind) {
    case "none": {
      const dueInMs = progress.pending.parked > 0 ? PARKED_MS : null;
      return endGroup(group, progress, { state: "synced", reason: null, dueInMs, settled: true });
    }
    case "forget":
      return endGroup(group, progress, { state: "synced", reason: null, dueInMs: 0, settled: true, forgotten: true });
    case "held":
      return endGroup(group, progress, { state: "held", reason: plan.reason, dueInMs: HELD_MS, settled: true });
    case "wait":
      if (progress.observed?.kind === "missing" || progress.observed?.kind === "linked") progress.lookups += 1;
      return endGroup(group, progress, { state: "pending", reason: plan.reason, dueInMs: plan.delayMs });
    case "refuse": {
      const { reason, candidates } = plan;
      return endGroup(group, progress, {
        state: plan.asked ? "held" : "stopped",
        reason,
        candidates,
        dueInMs: PARKED_MS,
      });
    }
    case "look":
      return await look(deps, work, false);
    case "adopt":
      return await adopt(deps, work, plan.remote);
    case "create":
      return await create(deps, work, plan.displayName);
    case "rename":
      return await rename(deps, work);
    case "replace":
      return await replace(deps, work);
    case "supersede":
      progress.former = { remoteId: progress.remoteId ?? "", name: progress.appliedName };
      progress.remoteId = null;
      progress.appliedName = null;
      progress.made = false;
      progress.pending = await deps.store.reset(between(work));
      return undefined;
    case "restore":
      progress.remoteId = progress.former?.remoteId ?? null;
      progress.appliedName = progress.former?.name ?? null;
      progress.made = true;
      progress.former = null;
      // Who is in it was forgotten when it was to be left.
      progress.verify = true;
      return undefined;
    case "members":
      return await changeMembers(deps, work, plan.change);
    case "delete":
      return await remove(deps, work, plan);
  }
}

const between = ({ group, progress }: Work): GroupOutcome =>
  groupOutcome(group, progress, { state: "pending", reason: null, dueInMs: 0, inFlight: true });

async function look(deps: ReconcileGroupDeps, work: Work, conflict: boolean): Promise<GroupResult | undefined> {
  const { group, progress, context } = work;
  const remoteId = progress.remoteId ?? progress.decidedRemoteId;
  if (remoteId === null) {
    const found = await find(deps, work, conflict);
    if (found.kind === "failed") return failedGroup(deps, group, progress, found.failure);
    progress.observed = found;
    return undefined;
  }
  const read = await call(deps, work, () => deps.connector.readGroup(remoteId, context));
  if (read.kind === "gone") {
    if (progress.remoteId === null) progress.decidedRemoteId = null;
    else await unlink(deps, work);
    return undefined;
  }
  if (read.kind !== "ok") return failedGroup(deps, group, progress, read);
  progress.observed = { kind: "found", remote: read.value };
  if (progress.remoteId === null) return undefined;
  progress.verify = false;
  progress.lookups = 0;
  progress.appliedName = read.value.displayName ?? progress.appliedName;
  // An app that shows no members is sent the difference again: it is set logic, so nothing is done twice.
  if (read.value.members !== null) progress.pending = await deps.store.observe(read.value.members);
  return undefined;
}

async function find(
  deps: ReconcileGroupDeps,
  work: Work,
  conflict: boolean,
): Promise<ObservedGroup | { kind: "failed"; failure: Exclude<GroupCallOutcome<RemoteGroup[]>, { kind: "ok" }> }> {
  const { group, progress, context } = work;
  const lookups: GroupLookup[] = [{ attribute: "externalId", value: group.groupId }];
  if (group.displayName !== null) lookups.push({ attribute: "displayName", value: group.displayName });
  let anyLinked = false;
  for (const by of lookups) {
    const answer = await call(deps, work, () => deps.connector.findGroups(by, context));
    if (answer.kind === "permanent" && by.attribute === "externalId") continue;
    if (answer.kind !== "ok") return { kind: "failed", failure: answer };
    const others = answer.value.filter((remote) => remote.remoteId !== progress.former?.remoteId);
    const linked = others.length === 0 ? new Set() : await deps.store.linkedToOthers(others.map((one) => one.remoteId));
    anyLinked ||= linked.size > 0;
    const [first, ...more] = others.filter((remote) => !linked.has(remote.remoteId));
    if (first === undefined) continue;
    return more.length > 0 ? { kind: "ambiguous", remotes: [first, ...more] } : { kind: "found", remote: first };
  }
  return { kind: anyLinked ? "linked" : "missing", conflict };
}

async function adopt(deps: ReconcileGroupDeps, work: Work, remote: RemoteGroup): Promise<undefined> {
  const { group, progress } = work;
  progress.remoteId = remote.remoteId;
  progress.appliedName = remote.displayName;
  // What bears our id was made by us, whatever became of the answer.
  progress.made = remote.externalId === group.groupId;
  progress.decidedRemoteId = null;
  progress.observed = null;
  progress.verify = true;
  await deps.store.save(between(work));
}

async function unlink(deps: ReconcileGroupDeps, work: Work): Promise<void> {
  const { progress } = work;
  progress.remoteId = null;
  progress.appliedName = null;
  progress.made = false;
  progress.observed = null;
  progress.verify = true;
  // Gone for certain: one look by name before it is made again.
  progress.lookups = LOOKUPS_BEFORE_CREATE - 1;
  progress.pending = await deps.store.reset(between(work));
}

async function create(deps: ReconcileGroupDeps, work: Work, displayName: string): Promise<GroupResult | undefined> {
  const { group, progress, context } = work;
  deps.crash("before-group-create");
  const externalId = group.groupId;
  const made = await call(deps, work, () => deps.connector.createGroup({ displayName, externalId }, context));
  deps.crash("after-group-create");
  if (made.kind === "conflict") return await look(deps, work, true);
  if (made.kind === "unknown") {
    progress.verify = true;
    progress.lookups = 0;
  }
  if (made.kind !== "ok") return failedGroup(deps, group, progress, made);
  const { value } = made;
  if (value.externalId !== null && value.externalId !== externalId)
    return mismatchedGroup(group, progress, "The app answered success but shows a group with another externalId");
  progress.remoteId = value.remoteId;
  // An app may write the name in its own way; what was asked for is what is compared with.
  progress.appliedName = displayName;
  progress.made = true;
  progress.verify = false;
  progress.lookups = 0;
  progress.observed = null;
  await deps.store.save(between(work));
  return undefined;
}

async function rename(deps: ReconcileGroupDeps, work: Work): Promise<GroupResult | undefined> {
  const { group, progress, context } = work;
  const { remoteId, appliedName: old } = progress;
  const { displayName } = group;
  if (remoteId === null || displayName === null) throw new Error("Only a group that is wanted and linked is renamed");
  const renamed = await call(deps, work, () => deps.connector.renameGroup(remoteId, displayName, context));
  deps.crash("after-group-reply");
  if (renamed.kind === "gone") {
    await unlink(deps, work);
    return undefined;
  }
  if (renamed.kind !== "ok") {
    if (renamed.kind === "unknown") progress.verify = true;
    return failedGroup(deps, group, progress, renamed);
  }
  if (renamed.value !== null && renamed.value.displayName === old)
    return mismatchedGroup(
      group,
      progress,
      "The app answered success but still shows the old name: set settings.groups.rename to false where it cannot rename",
    );
  progress.appliedName = displayName;
  await deps.store.save(between(work));
  return undefined;
}

async function replace(deps: ReconcileGroupDeps, work: Work): Promise<GroupResult | undefined> {
  const { group, progress, context } = work;
  const { remoteId } = progress;
  if (remoteId === null) throw new Error("Only a linked group is replaced");
  const read = await call(deps, work, () => deps.connector.readGroup(remoteId, context));
  if (read.kind === "gone") {
    await unlink(deps, work);
    return undefined;
  }
  if (read.kind !== "ok") return failedGroup(deps, group, progress, read);
  // Those that are not ours stay; whom the app shows and we wanted there is counted as being there.
  const seen = read.value.members ?? [];
  progress.pending = await deps.store.observe(seen);
  const members = await deps.store.whole(seen);
  const displayName = progress.policy.mayRename
    ? (group.displayName ?? progress.appliedName ?? "")
    : (progress.appliedName ?? "");
  const whole = { displayName, externalId: group.groupId, members };
  const replaced = await call(deps, work, () => deps.connector.replaceGroup(remoteId, whole, context));
  deps.crash("after-group-reply");
  if (replaced.kind !== "ok") {
    if (replaced.kind === "unknown") progress.verify = true;
    return failedGroup(deps, group, progress, replaced);
  }
  if (contradicted(replaced.value, { kind: "add", remoteIds: members }).size > 0)
    return mismatchedGroup(group, progress, "The app answered success but does not show every member that it was sent");
  progress.appliedName = displayName;
  progress.pending = await deps.store.observe(members);
  await deps.store.save(between(work));
  return undefined;
}

async function changeMembers(
  deps: ReconcileGroupDeps,
  work: Work,
  change: "add" | "remove",
): Promise<GroupResult | undefined> {
  const { group, progress, context } = work;
  const { remoteId } = progress;
  if (remoteId === null) throw new Error("Only a linked group has members");
  const remoteIds = await deps.store.take(change, progress.chunk);
  if (remoteIds.length === 0) {
    progress.pending = { ...progress.pending, [change === "add" ? "additions" : "removals"]: 0 };
    return undefined;
  }
  const asked = change === "add" ? { add: remoteIds, remove: [] } : { add: [], remove: remoteIds };
  const changed = await call(deps, work, () => deps.connector.changeMembers(remoteId, asked, context));
  deps.crash("after-group-reply");
  switch (changed.kind) {
    case "ok": {
      const refused = contradicted(changed.value, { kind: change, remoteIds });
      const taken = remoteIds.filter((id) => !refused.has(id));
      if (taken.length > 0) progress.pending = await deps.store.record(change, taken);
      if (refused.size > 0)
        progress.pending = await deps.store.record("park", [...refused], "The app answered success but did not do it");
      progress.refusedInRow = 0;
      progress.chunk = Math.min(progress.policy.chunk, progress.chunk * 2);
      return undefined;
    }
    case "gone":
      await unlink(deps, work);
      return undefined;
    case "tooMany":
      if (remoteIds.length === 1) return await park(deps, work, remoteIds, changed);
      progress.chunk = Math.floor(remoteIds.length / 2);
      progress.policy = { ...progress.policy, chunk: progress.chunk };
      await deps.store.learnLimit(progress.chunk);
      return undefined;
    case "conflict":
    case "permanent":
      if (isOfWholeGroup(changed.status)) return failedGroup(deps, group, progress, changed);
      if (remoteIds.length === 1) return await park(deps, work, remoteIds, changed);
      // Somebody among them is refused: halves find out who, and the others are not held up (house trap 7).
      progress.chunk = Math.ceil(remoteIds.length / 2);
      return undefined;
    case "unknown":
      progress.verify = true;
      return failedGroup(deps, group, progress, changed);
    case "throttled":
    case "connection":
    case "transient":
      return failedGroup(deps, group, progress, changed);
  }
}

/** Refusals that no choice of members changes. */
const isOfWholeGroup = (status: number | null): boolean => status === null || [403, 405, 501].includes(status);

async function park(
  deps: ReconcileGroupDeps,
  { group, progress }: Work,
  remoteIds: readonly string[],
  failure: Exclude<GroupCallOutcome<never>, { kind: "ok" }>,
): Promise<GroupResult | undefined> {
  progress.refusedInRow += 1;
  if (progress.refusedInRow >= REFUSED_IN_ROW) return failedGroup(deps, group, progress, failure);
  progress.pending = await deps.store.record("park", remoteIds, failure.detail);
  return undefined;
}

async function remove(
  deps: ReconcileGroupDeps,
  work: Work,
  plan: Extract<GroupPlan, { kind: "delete" }>,
): Promise<GroupResult | undefined> {
  const { group, progress, context } = work;
  deps.crash("before-group-delete");
  const removed = await call(deps, work, () => deps.connector.deleteGroup(plan.remoteId, context));
  deps.crash("after-group-reply");
  if (removed.kind !== "ok") {
    if (removed.kind === "unknown" && !plan.former) progress.verify = true;
    return failedGroup(deps, group, progress, removed);
  }
  if (plan.former) {
    progress.former = null;
    await deps.store.save(between(work));
    return undefined;
  }
  progress.remoteId = null;
  progress.appliedName = null;
  progress.verify = false;
  progress.pending = await deps.store.reset(between(work));
  return undefined;
}

async function call<T>(
  deps: ReconcileGroupDeps,
  work: Work,
  request: () => Promise<GroupCallOutcome<T>>,
): Promise<GroupCallOutcome<T>> {
  await deps.pace();
  deps.assertLease();
  work.progress.calls += 1;
  return await request();
}
