import type { CallOutcome, GroupCallOutcome } from "@muster/connectors";
import { uuidV7 } from "@muster/runtime";
import type { AttemptEntry } from "@muster/store";

/** One call as the list of attempts has it, before it is known what followed from it. */
export function toAttempt(
  outcome: CallOutcome<unknown> | GroupCallOutcome<unknown>,
  about: Pick<AttemptEntry, "userId" | "groupId" | "traceId" | "startedAt" | "operation" | "generation" | "number">,
): AttemptEntry {
  return {
    id: uuidV7(),
    ...about,
    outcome: outcome.kind,
    status: outcome.status,
    detail: outcome.kind === "ok" ? null : outcome.detail,
    durationMs: Math.round(outcome.durationMs),
    decision: "",
    retryInMs: null,
    exchanges: null,
  };
}
