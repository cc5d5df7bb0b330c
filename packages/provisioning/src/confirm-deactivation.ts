import type { CallOutcome, RemoteUser } from "@muster/connectors";
import type { Attributes } from "@muster/scim";
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

/**
 * A deactivation counts when the app shows it (F42): "200 OK" and "204 No Content" are said by apps that did nothing. An app
 * that cannot be read, or does not show `active`, is believed, and the account says that nobody could verify it.
 */
export async function confirmDeactivation(
  deps: { random(): number; read(): Promise<CallOutcome<RemoteUser>> },
  work: AccountWork,
  progress: Progress,
  to: Attributes,
): Promise<AccountResult> {
  const shown = await deps.read();
  switch (shown.kind) {
    case "gone":
      // Some apps delete whom they are asked to deactivate; somebody who comes back is created again.
      progress.remoteId = null;
      progress.applied = null;
      progress.observed = null;
      return settled(work, progress);
    case "permanent":
    case "conflict":
      return unverified(work, progress, to, `the app does not let the account be read: ${shown.detail}`);
    case "ok": {
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

function unverified(work: AccountWork, progress: Progress, to: Attributes, why: string): AccountResult {
  progress.applied = to;
  progress.observed = null;
  progress.verify = false;
  progress.lookups = 0;
  const reason = `Deactivated, but not verified: ${why}`;
  return finish(work, progress, { state: "synced", reason, dueInMs: null, settled: true });
}
