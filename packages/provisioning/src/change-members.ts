import type { GroupCallOutcome } from "@muster/connectors";
import type { PendingMembers } from "@muster/store";
import { callApp, type GroupWork, type ReconcileGroupDeps, unlink } from "./group-call.ts";
import { contradicted, failedGroup, type GroupResult } from "./group-result.ts";

/** So many refused one after the other, and nobody taken: the app refuses the group, not its members. */
const REFUSED_IN_ROW = 25;

/** Sends one chunk of a group's difference; undefined when the next step may follow. */
export async function changeMembers(
  deps: ReconcileGroupDeps,
  work: GroupWork,
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
  const changed = await callApp(deps, work, change === "add" ? "addMembers" : "removeMembers", () =>
    deps.connector.changeMembers(remoteId, asked, context),
  );
  deps.crash("after-group-reply");
  switch (changed.kind) {
    case "ok": {
      const refused = contradicted(changed.value, { kind: change, remoteIds });
      const taken = remoteIds.filter((id) => !refused.has(id));
      if (taken.length > 0) await deps.store.record(change, taken);
      if (refused.size > 0) await deps.store.record("park", [...refused], "The app answered success but did not do it");
      progress.pending = without(progress.pending, change, taken.length, refused.size);
      progress.refusedInRow = 0;
      progress.chunk = Math.min(progress.policy.chunk, progress.chunk * 2);
      return undefined;
    }
    case "gone":
      await unlink(deps, work);
      return undefined;
    case "tooMany":
      if (remoteIds.length === 1) return await park(deps, work, { change, remoteIds }, changed);
      progress.chunk = Math.floor(remoteIds.length / 2);
      progress.policy = { ...progress.policy, chunk: progress.chunk };
      await deps.store.learnLimit(progress.chunk);
      return undefined;
    case "conflict":
    case "permanent":
      if (isOfWholeGroup(changed.status)) return failedGroup(deps, group, progress, changed);
      if (remoteIds.length === 1) return await park(deps, work, { change, remoteIds }, changed);
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

/** What is left of a difference once some of it was taken or set aside. */
function without(pending: PendingMembers, change: "add" | "remove", taken: number, parked: number): PendingMembers {
  const done = taken + parked;
  if (change === "add") return { ...pending, additions: pending.additions - done, parked: pending.parked + parked };
  return { ...pending, removals: pending.removals - done, parked: pending.parked + parked };
}

/** Refusals that no choice of members changes. */
const isOfWholeGroup = (status: number | null): boolean => status === null || [403, 405, 501].includes(status);

async function park(
  deps: ReconcileGroupDeps,
  { group, progress }: GroupWork,
  { change, remoteIds }: { change: "add" | "remove"; remoteIds: readonly string[] },
  failure: Exclude<GroupCallOutcome<never>, { kind: "ok" }>,
): Promise<GroupResult | undefined> {
  progress.refusedInRow += 1;
  if (progress.refusedInRow >= REFUSED_IN_ROW) return failedGroup(deps, group, progress, failure);
  await deps.store.record("park", remoteIds, failure.detail);
  const attempt = progress.attempts.at(-1);
  if (attempt !== undefined) attempt.decision = "parked";
  progress.pending = without(progress.pending, change, 0, remoteIds.length);
  return undefined;
}
