import type { CallContext, GroupCallOutcome, GroupLookup, RemoteGroup } from "@muster/connectors";
import type { ClaimedGroup } from "@muster/store";
import { changeMembers } from "./change-members.ts";
import { closeGroupAttempts, KEEP_ALL } from "./close-attempts.ts";
import { between, callApp, type GroupWork, type ReconcileGroupDeps, unlink } from "./group-call.ts";
import { beginGroup, contradicted, endGroup, failedGroup, type GroupResult, mismatchedGroup } from "./group-result.ts";
import { type GroupPlan, type GroupRules, type ObservedGroup, planGroup } from "./plan-group.ts";
import { PARKED_MS } from "./retry-policy.ts";

/** More steps than any group can need besides its chunks mean a loop. */
const MAX_STEPS = 12;
/** How often a group that the guard holds back is looked at without a decision. */
const HELD_MS = 300_000;
/**
 * Brings the app's copy of one group to what it should be, chunk by chunk, until it is done or the batch's time is over, and
 * says what to record. Never throws for what an app does; throws when the lease is lost.
 */
export async function reconcileGroup(
  deps: ReconcileGroupDeps,
  input: { group: ClaimedGroup; policy: GroupRules },
  context: CallContext,
): Promise<GroupResult> {
  const { group } = input;
  const progress = beginGroup(group, input.policy);
  const observed: CallContext = {
    ...context,
    traceId: group.traceId,
    observe: (show) => progress.wires.at(-1)?.push(show),
  };
  const result = await takeSteps(deps, { group, progress, context: observed });
  return { ...result, attempts: closeGroupAttempts(result, progress, deps.keep ?? KEEP_ALL) };
}

async function takeSteps(deps: ReconcileGroupDeps, work: GroupWork): Promise<GroupResult> {
  const { group, progress } = work;
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

const goOnLater = ({ group, progress }: GroupWork): GroupResult =>
  endGroup(group, progress, { state: "pending", reason: null, dueInMs: 0 });

async function takeStep(deps: ReconcileGroupDeps, work: GroupWork, plan: GroupPlan): Promise<GroupResult | undefined> {
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
      progress.observed = null;
      progress.pending = await deps.store.reset(between(work));
      return undefined;
    case "restore":
      progress.remoteId = progress.former?.remoteId ?? null;
      progress.appliedName = progress.former?.name ?? null;
      progress.made = true;
      progress.former = null;
      progress.observed = null;
      // Who is in it was forgotten when it was to be left.
      progress.verify = true;
      return undefined;
    case "members":
      return await changeMembers(deps, work, plan.change);
    case "delete":
      return await remove(deps, work, plan);
  }
}

async function look(deps: ReconcileGroupDeps, work: GroupWork, conflict: boolean): Promise<GroupResult | undefined> {
  const { group, progress, context } = work;
  const remoteId = progress.remoteId ?? progress.decidedRemoteId;
  if (remoteId === null) {
    const found = await find(deps, work, conflict);
    if (found.kind === "failed") return failedGroup(deps, group, progress, found.failure);
    progress.observed = found;
    return undefined;
  }
  const read = await callApp(deps, work, "readGroup", () => deps.connector.readGroup(remoteId, context));
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
  work: GroupWork,
  conflict: boolean,
): Promise<ObservedGroup | { kind: "failed"; failure: Exclude<GroupCallOutcome<RemoteGroup[]>, { kind: "ok" }> }> {
  const { group, progress, context } = work;
  const lookups: GroupLookup[] = [{ attribute: "externalId", value: group.groupId }];
  if (group.displayName !== null) lookups.push({ attribute: "displayName", value: group.displayName });
  let anyLinked = false;
  for (const by of lookups) {
    const answer = await callApp(deps, work, "findGroups", () => deps.connector.findGroups(by, context));
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

async function adopt(deps: ReconcileGroupDeps, work: GroupWork, remote: RemoteGroup): Promise<undefined> {
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

async function create(
  deps: ReconcileGroupDeps,
  work: GroupWork,
  displayName: string,
): Promise<GroupResult | undefined> {
  const { group, progress, context } = work;
  deps.crash("before-group-create");
  const externalId = group.groupId;
  const made = await callApp(deps, work, "createGroup", () =>
    deps.connector.createGroup({ displayName, externalId }, context),
  );
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

async function rename(deps: ReconcileGroupDeps, work: GroupWork): Promise<GroupResult | undefined> {
  const { group, progress, context } = work;
  const { remoteId, appliedName: old } = progress;
  const { displayName } = group;
  if (remoteId === null || displayName === null) throw new Error("Only a group that is wanted and linked is renamed");
  const renamed = await callApp(deps, work, "renameGroup", () =>
    deps.connector.renameGroup(remoteId, displayName, context),
  );
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

async function replace(deps: ReconcileGroupDeps, work: GroupWork): Promise<GroupResult | undefined> {
  const { group, progress, context } = work;
  const { remoteId } = progress;
  if (remoteId === null) throw new Error("Only a linked group is replaced");
  const read = await callApp(deps, work, "readGroup", () => deps.connector.readGroup(remoteId, context));
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
  const replaced = await callApp(deps, work, "replaceGroup", () =>
    deps.connector.replaceGroup(remoteId, whole, context),
  );
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

async function remove(
  deps: ReconcileGroupDeps,
  work: GroupWork,
  plan: Extract<GroupPlan, { kind: "delete" }>,
): Promise<GroupResult | undefined> {
  const { group, progress, context } = work;
  deps.crash("before-group-delete");
  const removed = await callApp(deps, work, "deleteGroup", () => deps.connector.deleteGroup(plan.remoteId, context));
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
