import type { CallOutcome } from "@muster/connectors";
import { uuidV7 } from "@muster/runtime";
import type { AttemptEntry } from "@muster/store";

/** A probe of a quarantined app as the list of attempts has it: about nobody's account. */
export function toProbeAttempt(
  outcome: CallOutcome<null>,
  probe: { traceId: string; startedAt: Date; number: number },
): AttemptEntry {
  return {
    id: uuidV7(),
    userId: null,
    ...probe,
    operation: "probe",
    outcome: outcome.kind,
    status: outcome.status,
    detail: outcome.kind === "ok" ? null : outcome.detail,
    durationMs: Math.round(outcome.durationMs),
    decision: "probed",
    retryInMs: null,
    generation: 0,
    exchanges: null,
  };
}
