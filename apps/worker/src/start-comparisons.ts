import { type Logger, type Loop, startLoop } from "@muster/runtime";
import { type Database, inTenant, listDueComparisons, startComparison } from "@muster/store";

export type ComparisonDeps = {
  db: Database;
  logger: Logger;
  /** Nothing may be mended: whatever a connection's settings say, comparisons only report. */
  reportOnly: boolean;
  /** Between 0 and 1; workers that started together do not go round together. */
  random(): number;
};

/** Hours are what comparisons are planned in, so a minute more is nothing. */
const EVERY_MS = 60_000;
const JITTER = 0.2;
/** Lanes begun in one round: what is left over is begun in the next, so that no wave of listings goes out at once. */
const A_ROUND = 50;

/** Starts the round that begins comparisons whose time has come; the lanes then take them up as work of their own. */
export function startComparisons(deps: ComparisonDeps): Loop {
  return startLoop({
    name: "comparisons",
    everyMs: EVERY_MS * (1 - JITTER / 2 + JITTER * deps.random()),
    logger: deps.logger,
    run: (signal) => beginDueComparisons(deps, signal),
  });
}

/** One round. Workers may go round at the same time: a connection has one comparison running at most. */
export async function beginDueComparisons(
  { db, logger, reportOnly }: Pick<ComparisonDeps, "db" | "logger" | "reportOnly">,
  signal: AbortSignal,
): Promise<void> {
  for (const { tenantId, connectionId } of await listDueComparisons(db, A_ROUND)) {
    if (signal.aborted) return;
    try {
      const input = { cause: "schedule", policy: reportOnly ? "report" : null } as const;
      await inTenant(db, tenantId, (tx) => startComparison(tx, tenantId, connectionId, input));
    } catch (error) {
      // One connection's trouble keeps no other from its comparison.
      logger.error({ error, tenantId, connectionId }, "beginning a comparison failed");
    }
  }
}
