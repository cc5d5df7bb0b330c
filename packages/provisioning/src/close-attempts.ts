import type { AttemptEntry } from "@muster/store";
import type { AccountResult, Wire } from "./account-result.ts";
import type { GroupProgress, GroupResult } from "./group-result.ts";

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
    return { ...attempt, decision, retryInMs, exchanges: shown(wire) };
  });
  return { ...result, attempts };
}

const shown = (wire: Wire): AttemptEntry["exchanges"] =>
  wire.length === 0 ? null : wire.slice(-MAX_EXCHANGES).map((show) => show());

/**
 * Says in each attempt about a group what followed: of one that went well that it was applied, of the last what the group came
 * to. One that failed before the last was repeated at once in another way, or set a member aside.
 */
export function closeGroupAttempts(
  result: GroupResult,
  { attempts, wires }: Pick<GroupProgress, "attempts" | "wires">,
  mayKeep: Keep,
): AttemptEntry[] {
  return attempts.map((attempt, index) => {
    const isLast = index === attempts.length - 1;
    const own = attempt.outcome === "ok" ? "applied" : attempt.decision || "retry";
    const ends = isLast && attempt.decision === "" ? groupDecision(result, attempt) : null;
    const keeps = attempt.outcome === "ok" ? mayKeep.good() : mayKeep.failed;
    const decision = ends ?? own;
    return {
      ...attempt,
      decision,
      retryInMs: ends === null || ends === "applied" ? null : groupRetry(result),
      exchanges: keeps ? shown(wires[index] ?? []) : null,
    };
  });
}

function groupDecision({ outcome, effect }: GroupResult, last: AttemptEntry): AttemptDecision {
  if (outcome.settled) return "applied";
  if (effect?.kind === "throttled") return "throttled";
  if (effect?.kind === "quarantine") return "quarantined";
  if (outcome.candidates.length > 0) return "conflict";
  if (outcome.state === "stopped") return "parked";
  if (last.outcome === "unknown") return "unknownOutcome";
  // The time of the batch was over: what is left goes on at the next.
  return outcome.state === "pending" && outcome.reason === null && last.outcome === "ok" ? "applied" : "retry";
}

function groupRetry({ outcome, effect }: GroupResult): AttemptEntry["retryInMs"] {
  if (effect?.kind === "quarantine") return null;
  return effect?.kind === "throttled" ? effect.retryAfterMs : outcome.dueInMs;
}

/** Whether what failed is kept, and, asked once an account, whether what went well is. */
export type Keep = { failed: boolean; good(): boolean };

export const KEEP_ALL: Keep = { failed: true, good: () => true };

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
