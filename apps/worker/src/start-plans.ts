import { computePlan, type DrainDeps } from "@muster/provisioning";
import { type Clock, type Logger, type Loop, startLoop } from "@muster/runtime";
import { claimPlanning, type Database } from "@muster/store";

export type PlansDeps = { db: Database; logger: Logger; clock: Clock; prepare: DrainDeps["prepare"] };

/** Somebody waits before a screen for it. */
const EVERY_MS = 500;
/** Connections taken at a time; they are worked on one after the other, beside everything else that a worker does. */
const A_ROUND = 4;

/** Starts the round that computes what edits would change. */
export function startPlans(deps: PlansDeps): Loop {
  return startLoop({
    name: "plans",
    everyMs: EVERY_MS,
    logger: deps.logger,
    run: (signal) => computeWaitingPlans(deps, signal),
  });
}

/** One round. Workers may go round at the same time: a connection's plans are claimed. */
export async function computeWaitingPlans(
  { db, logger, clock, prepare }: PlansDeps,
  signal: AbortSignal,
): Promise<void> {
  for (const lane of await claimPlanning(db, A_ROUND)) {
    if (signal.aborted) return;
    try {
      await computePlan({ db, clock, prepare }, lane, signal);
    } catch (error) {
      // One connection's trouble keeps no other from its plan.
      logger.error({ error, ...lane }, "computing a plan failed");
    }
  }
}
