import type { CallOutcome } from "@muster/connectors";
import type { AttemptEntry } from "@muster/store";
import { toAttempt } from "./to-attempt.ts";

/** A probe of a quarantined app as the list of attempts has it: about nobody's account. */
export function toProbeAttempt(
  outcome: CallOutcome<null>,
  probe: { traceId: string; startedAt: Date; number: number },
): AttemptEntry {
  const about = { userId: null, operation: "probe", generation: 0, ...probe };
  return { ...toAttempt(outcome, about), decision: "probed" };
}
