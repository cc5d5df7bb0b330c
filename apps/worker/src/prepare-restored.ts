import { type Logger, type Loop, startLoop } from "@muster/runtime";
import {
  abandonComparison,
  type Database,
  doubtPageOfAccounts,
  inTenant,
  type LaneKey,
  pageLanes,
  startComparison,
} from "@muster/store";

const LANES_A_PAGE = 500;
/** Accounts of one transaction: a fraction of a second. */
const ACCOUNTS_A_PAGE = 5_000;
const RETRY_MS = 5_000;
const REASON = "The database was restored from a backup: another comparison begins anew";

/** Starts the preparation, which is tried again until it was done once. */
export function startRestored(deps: { db: Database; logger: Logger }): Loop {
  let prepared = false;
  return startLoop({
    name: "restored",
    everyMs: RETRY_MS,
    logger: deps.logger,
    async run(signal) {
      if (prepared) return;
      await prepareRestored(deps, signal);
      prepared = true;
    },
  });
}

/**
 * Prepares a database that was restored while apps went on: every account is in doubt, so that it is looked at before anything is
 * written to it, and every connection is compared, reporting only. It may be repeated.
 */
async function prepareRestored(
  { db, logger }: { db: Database; logger: Pick<Logger, "warn"> },
  signal: AbortSignal,
): Promise<void> {
  let connections = 0;
  let after: string | undefined;
  do {
    const page = await pageLanes(db, { after, limit: LANES_A_PAGE });
    for (const lane of page) {
      if (signal.aborted) return;
      await prepareLane(db, lane);
      connections += 1;
    }
    after = page.at(-1)?.connectionId;
  } while (after !== undefined);
  logger.warn(
    { connections },
    "MUSTER_RESTORED is set: apps are compared and nothing is sent to them; unset it when the comparisons are done and understood",
  );
}

async function prepareLane(db: Database, lane: LaneKey): Promise<void> {
  const { tenantId, connectionId } = lane;
  for (let after: string | null = null, isLast = false; !isLast; isLast = after === null) {
    const page: { after: string | null; limit: number } = { after, limit: ACCOUNTS_A_PAGE };
    after = await inTenant(db, tenantId, (tx) => doubtPageOfAccounts(tx.last, lane, page));
  }
  await inTenant(db, tenantId, async (tx) => {
    await abandonComparison(tx, lane, REASON);
    await startComparison(tx, tenantId, connectionId, { cause: "schedule", policy: "report" });
  });
}
