import {
  type ConnectionState,
  deleteNotices,
  insertAudit,
  insertNotice,
  type Statements,
  updateConnection,
} from "@muster/store";
import type { LaneEffect } from "./account-result.ts";
import type { Lane } from "./lane.ts";
import { reminderOf } from "./lane-health.ts";

/** Kinds of the notices about a connection in quarantine; all of them go when it is over. */
const QUARANTINE_NOTICES = [
  "connection.quarantined",
  "connection.quarantined.7",
  "connection.quarantined.21",
  "connection.disabled",
];

const FIX = "Give it a new credential or mend the app, then resume it; changes are kept and go out then";

/** Writes what a slice means for its connection, where people look: state and reason, audit rows and notices. */
export async function noteHealth(
  tx: Statements,
  lane: Lane,
  effect: LaneEffect | null,
  end: { quarantined: boolean; disabled: boolean },
): Promise<void> {
  const { deps, lease } = lane;
  const { tenantId, connectionId, health } = lease;
  const was = health.quarantinedForMs !== null;
  if (lane.worked || was || end.quarantined) {
    const state: ConnectionState = end.disabled ? "disabled" : end.quarantined ? "quarantined" : "active";
    await updateConnection(tx, tenantId, connectionId, {
      state,
      stateReason: effect?.reason ?? null,
      lastAttemptAt: deps.clock.now(),
    });
  }
  const audit = (action: string) => insertAudit(tx, tenantId, { actor: "system", action, target: connectionId });
  const notice = (kind: string, message: string) =>
    insertNotice(tx, tenantId, { kind, subject: connectionId, message });
  const because = `: ${effect?.reason ?? "it does not answer as it should"}`;
  if (was && !end.quarantined) {
    await audit("connection.recover");
    await deleteNotices(tx, tenantId, { kinds: QUARANTINE_NOTICES, subject: connectionId });
  }
  if (!was && end.quarantined) {
    await audit("connection.quarantine");
    await notice(
      "connection.quarantined",
      `Connection ${connectionId} is in quarantine${because}. It is only probed until a probe succeeds. ${FIX}`,
    );
  }
  if (end.disabled) {
    await audit("connection.disable");
    await notice(
      "connection.disabled",
      `Connection ${connectionId} is disabled after 28 days in quarantine${because}. It is not tried any more. ${FIX}`,
    );
    return;
  }
  const reminder = end.quarantined ? reminderOf(health.quarantinedForMs ?? 0, deps.timing.probeMinuteMs) : null;
  if (reminder !== null)
    await notice(
      reminder.kind,
      `Connection ${connectionId} has been in quarantine for ${reminder.days} days${because}. It is disabled after 28. ${FIX}`,
    );
}
