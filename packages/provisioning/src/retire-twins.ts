import type { CallOutcome, RemoteUser, UserChange } from "@muster/connectors";
import type { AccountPlan } from "./account-plan.ts";
import { type AccountResult, type AccountWork, type Failure, failed, type Progress } from "./account-result.ts";
import type { FindUsers } from "./find-accounts.ts";
import { seen } from "./known-account.ts";

/** Calls about accounts of the app that no row is linked to. */
export type TwinCalls = {
  findUsers: FindUsers;
  deactivate(remoteId: string, change: UserChange): Promise<CallOutcome<RemoteUser | null>>;
  remove(remoteId: string): Promise<CallOutcome<null>>;
};

export type TwinDeps = {
  linkedToOthers(userId: string, remoteIds: readonly string[]): Promise<ReadonlySet<string>>;
  noteTwins(userId: string, remoteIds: readonly string[], deletes: boolean): Promise<void>;
  random(): number;
};

export type FoundTwins =
  | { kind: "found"; linked: RemoteUser | null; twins: RemoteUser[] }
  | { kind: "failed"; failure: Failure };

/**
 * Looks for the linked account and for others that bear this person's externalId: only a create of ours gives that, and whoever is
 * linked to one of them keeps it. By externalId, and by userName where that does not even find the linked one.
 */
export async function findTwins(
  calls: Pick<TwinCalls, "findUsers">,
  deps: Pick<TwinDeps, "linkedToOthers">,
  work: AccountWork,
  progress: Pick<Progress, "remoteId" | "applied">,
): Promise<FoundTwins> {
  const { userId } = work.account;
  const userName = progress.applied?.userName;
  const lookups = [
    { attribute: "externalId" as const, value: userId },
    ...(typeof userName === "string" ? [{ attribute: "userName" as const, value: userName }] : []),
  ];
  const met = new Map<string, RemoteUser>();
  for (const lookup of lookups) {
    const answer = await calls.findUsers(lookup);
    // An app that cannot search by this has found none.
    if (answer.kind === "permanent") continue;
    if (answer.kind !== "ok") return { kind: "failed", failure: answer };
    for (const user of answer.value) met.set(user.remoteId, user);
    if (progress.remoteId !== null && met.has(progress.remoteId)) break;
  }
  const linked = progress.remoteId === null ? null : (met.get(progress.remoteId) ?? null);
  const others = [...met.values()].filter((user) => user !== linked && user.externalId === userId);
  if (others.length === 0) return { kind: "found", linked, twins: [] };
  const ids = others.map((user) => user.remoteId);
  const theirs = await deps.linkedToOthers(userId, ids);
  return { kind: "found", linked, twins: others.filter((user) => !theirs.has(user.remoteId)) };
}

/**
 * Takes a person's second accounts away, one after the other, and looks whether they are. One that stays does not keep the linked
 * account from being dealt with: `twinFailure` says so at the end.
 */
export async function retireTwins(
  calls: TwinCalls,
  deps: TwinDeps,
  work: AccountWork,
  plan: Extract<AccountPlan, { kind: "retireTwins" }>,
  progress: Progress,
): Promise<AccountResult | undefined> {
  const { userId } = work.account;
  const ids = plan.twins.map((twin) => twin.remoteId);
  await deps.noteTwins(userId, ids, plan.deletes);
  const { observed } = progress;
  // Found anew for the next step, without those that are dealt with here.
  if (observed?.kind === "found") progress.observed = { ...observed, twins: [] };
  for (const twin of plan.twins) {
    const from = { ...seen(twin, progress.applied, work.policy), externalId: userId };
    const done = plan.deletes
      ? await calls.remove(twin.remoteId)
      : await calls.deactivate(twin.remoteId, { from, to: { ...from, active: false } });
    if (done.kind === "ok" || done.kind === "gone") continue;
    // The app asks for a pause, or takes nothing at all: nobody else is asked for then.
    if (done.kind === "throttled" || done.kind === "connection") return failed(deps, work, progress, done, true);
    progress.twinFailure = done;
  }
  const shown = await calls.findUsers({ attribute: "externalId", value: userId });
  if (shown.kind === "ok") {
    const left = shown.value.find((user) => ids.includes(user.remoteId) && (plan.deletes || user.active !== false));
    if (left !== undefined) progress.twinFailure ??= stillThere(shown);
  } else if (shown.kind !== "permanent") progress.twinFailure ??= shown;
  return undefined;
}

function stillThere({ status, durationMs }: { status: number | null; durationMs: number }): Failure {
  const detail = "The app answered success, but still shows the person's second account";
  return { kind: "transient", detail, status, durationMs };
}
