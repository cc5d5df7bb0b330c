import { uuidV7 } from "@muster/runtime";
import {
  costOfExpansion,
  type Expansion,
  holdExpansion,
  insertNotice,
  type LaneLease,
  passExpansion,
  type Tx,
} from "@muster/store";
import { ALWAYS_ALLOWED, judgeCost } from "./guard-threshold.ts";

/** A hold that nobody decides is rejected after this time. */
const DAYS_TO_DECIDE = 7;

/**
 * Costs a change before its fan-out and lets it pass or holds its removals as a whole, in the caller's transaction. What is
 * held is told to administrators at once.
 */
export async function judgeExpansion(tx: Tx, lease: LaneLease, expansion: Expansion): Promise<void> {
  const cost = await costOfExpansion(tx, lease, expansion.id, ALWAYS_ALLOWED);
  if (cost === undefined) return;
  const verdict = judgeCost(cost);
  if (verdict.kind === "pass") {
    await passExpansion(tx, lease, expansion);
    return;
  }
  const id = uuidV7();
  const held = await holdExpansion(tx, lease, {
    expansionId: expansion.id,
    id,
    inScope: cost.inScope,
    threshold: verdict.threshold,
    days: DAYS_TO_DECIDE,
  });
  if (held === undefined) return;
  const [action] = held.cause.split(":");
  const of = held.subject === null ? "" : ` of "${held.subject}"`;
  const rule = cost.holdAll
    ? "its source was read in part only"
    : `at most ${verdict.threshold} of ${cost.inScope} may go at once`;
  await insertNotice(tx, lease.tenantId, {
    kind: "guard.held",
    subject: id,
    message: `${action}${of} would take access from ${held.people} people in connection ${lease.connectionId}, and ${rule}: approve or reject it within ${DAYS_TO_DECIDE} days at /api/v1/connections/${lease.connectionId}/holds/${id}; until then nobody is removed, and then it is rejected`,
  });
}
