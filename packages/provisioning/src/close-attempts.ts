import type { AttemptEntry } from "@muster/store";
import type { AccountResult, Wire } from "./account-result.ts";

/** Of one call: an app that needs more requests than this for an answer has told enough. */
const MAX_EXCHANGES = 3;

/**
 * Says in each attempt what followed for the account, and keeps what went over the wire: always where a call failed or did
 * not end well, otherwise while `mayKeep` allows.
 */
export function closeAttempts(result: AccountResult, wires: readonly Wire[], mayKeep: Keep): AccountResult {
  if (result.attempts.length === 0) return result;
  const decision = decisionOf(result);
  const retryInMs = retryOf(result);
  const isKept = decision !== "applied" ? mayKeep.failed : mayKeep.good();
  const attempts = result.attempts.map((attempt, index) => {
    const keeps = attempt.outcome === "ok" ? isKept : mayKeep.failed;
    const wire = keeps ? (wires[index] ?? []) : [];
    const exchanges = wire.length === 0 ? null : wire.slice(-MAX_EXCHANGES).map((show) => show());
    return { ...attempt, decision, retryInMs, exchanges };
  });
  return { ...result, attempts };
}

/** Whether what failed is kept, and, asked once an account, whether what went well is. */
export type Keep = { failed: boolean; good(): boolean };

function decisionOf({ outcome, effect, conflict, attempts }: AccountResult): AttemptDecision {
  if (outcome.settled) return "applied";
  if (conflict !== undefined) return "conflict";
  if (effect?.kind === "throttled") return "throttled";
  if (effect?.kind === "quarantine") return "quarantined";
  if (outcome.state === "stopped") return "parked";
  return attempts.at(-1)?.outcome === "unknown" ? "unknownOutcome" : "retry";
}

/** What an attempt came to for its account, or for its whole lane. */
export type AttemptDecision =
  | "applied"
  | "retry"
  | "unknownOutcome"
  | "parked"
  | "conflict"
  | "throttled"
  | "quarantined"
  | "probed";

function retryOf({ outcome, effect }: AccountResult): AttemptEntry["retryInMs"] {
  if (outcome.settled || effect?.kind === "quarantine") return null;
  return effect?.kind === "throttled" ? effect.retryAfterMs : outcome.dueInMs;
}
