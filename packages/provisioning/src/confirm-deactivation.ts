import type { CallOutcome, RemoteUser } from "@muster/connectors";
import type { Attributes } from "@muster/scim";
import type { RemovalConfirmation } from "@muster/store";
import {
  type AccountResult,
  type AccountWork,
  accept,
  failed,
  finish,
  mismatch,
  type Progress,
  settled,
} from "./account-result.ts";

type ConfirmDeps = { random(): number; nowMs(): number; read(): Promise<CallOutcome<RemoteUser>> };

/**
 * A deactivation counts when the app shows it (F42): "200 OK" and "204 No Content" are said by apps that did nothing. An app
 * that cannot be read, or does not show `active`, is believed, and the account says that nobody could verify it.
 */
export async function confirmDeactivation(
  deps: ConfirmDeps,
  work: AccountWork,
  progress: Progress,
  change: { remoteId: string; to: Attributes },
): Promise<AccountResult> {
  const { remoteId, to } = change;
  const shown = await deps.read();
  const confirmedAtMs = deps.nowMs();
  const removed = (confirmation: RemovalConfirmation): void => {
    progress.removed = { remoteId, action: "deactivated", confirmation, confirmedAtMs };
  };
  switch (shown.kind) {
    case "gone":
      // Some apps delete whom they are asked to deactivate; somebody who comes back is created again.
      removed("absent");
      progress.remoteId = null;
      progress.applied = null;
      progress.observed = null;
      return settled(work, progress);
    case "permanent":
    case "conflict":
      removed("none");
      return unverified(work, progress, to, `the app does not let the account be read: ${shown.detail}`);
    case "ok": {
      if (shown.value.active !== true) removed(shown.value.active === null ? "none" : "inactive");
      if (shown.value.active === null)
        return unverified(work, progress, to, "the app does not show whether it is active");
      if (!shown.value.active) return accept(work, progress, undefined, to);
      return mismatch(work, progress, "The app answered success to the deactivation but shows the account as active");
    }
    case "transient":
    case "throttled":
    case "unknown":
    case "connection":
      // It was sent and may have been done: the next try looks first.
      progress.verify = true;
      return failed(deps, work, progress, shown, false);
  }
}

/**
 * As with deactivations, a deletion counts when the app does not have the account any more, or at least shows it inactive. An app
 * that does not let it be read is believed.
 */
export async function confirmDeletion(
  deps: ConfirmDeps,
  work: AccountWork,
  progress: Progress,
  remoteId: string,
): Promise<AccountResult> {
  const shown = await deps.read();
  const done = (confirmation: RemovalConfirmation): AccountResult => {
    progress.removed = { remoteId, action: "deleted", confirmation, confirmedAtMs: deps.nowMs() };
    progress.remoteId = null;
    progress.applied = null;
    progress.observed = null;
    return settled(work, progress);
  };
  switch (shown.kind) {
    case "gone":
      return done("absent");
    case "permanent":
    case "conflict":
      return done("none");
    case "ok":
      if (shown.value.active === false) return done("inactive");
      return mismatch(work, progress, "The app answered success to the deletion but still has the account");
    case "transient":
    case "throttled":
    case "unknown":
    case "connection":
      progress.verify = true;
      return failed(deps, work, progress, shown, false);
  }
}

/**
 * Notes a removal for which nothing was left to do: an earlier try whose read-back failed had done it, or somebody in the app. Only
 * what a look has just shown counts, and only an account that we were linked to.
 */
export function noteFoundRemoved(deps: { nowMs(): number }, work: AccountWork, progress: Progress): void {
  const { account, desired, policy } = work;
  const stays = desired.kind === "absent" ? policy.onLeave === "leave" : desired.active;
  if (!account.removal || account.remoteId === null || stays || work.removalHeld) return;
  const found = { remoteId: account.remoteId, action: "found", confirmedAtMs: deps.nowMs() } as const;
  if (progress.remoteId === null) progress.removed = { ...found, confirmation: "absent" };
  else if (progress.observed?.kind === "found" && progress.observed.remote.active === false)
    progress.removed = { ...found, confirmation: "inactive" };
}

function unverified(work: AccountWork, progress: Progress, to: Attributes, why: string): AccountResult {
  progress.applied = to;
  progress.observed = null;
  progress.verify = false;
  progress.lookups = 0;
  const reason = `Deactivated, but not verified: ${why}`;
  return finish(work, progress, { state: "synced", reason, dueInMs: null, settled: true });
}
