import type { DesiredAccount } from "@muster/mapping";
import type { AccountResult } from "./account-result.ts";

/** A clock that is read again a moment too early must not make a lane turn round and round. */
const LEAST_WAIT_MS = 50;

const WHAT = { condition: "The connection's condition", start: "The start date", end: "The end date" } as const;

/**
 * Says in the account what its scope makes of it: looked at again when a date comes (house trap 8), and held with its reason
 * where nobody can tell whether the person is in scope.
 */
export function noteScope(result: AccountResult, desired: DesiredAccount, nowMs: number): AccountResult {
  const { outcome } = result;
  if (!outcome.settled) return result;
  const { scope, validUntilMs = null } = desired;
  const waitMs = validUntilMs === null ? null : Math.max(LEAST_WAIT_MS, validUntilMs - nowMs);
  const dueInMs =
    outcome.dueInMs === null || waitMs === null ? (outcome.dueInMs ?? waitMs) : Math.min(outcome.dueInMs, waitMs);
  if (scope.kind !== "unreadable") return { ...result, outcome: { ...outcome, dueInMs } };
  const effect = scope.keeps ? "access stays as it is" : "no account is made";
  const reason = `${WHAT[scope.what]} cannot be read for this person, and ${effect}: ${scope.message}`;
  return { ...result, outcome: { ...outcome, dueInMs, state: "held", reason } };
}
