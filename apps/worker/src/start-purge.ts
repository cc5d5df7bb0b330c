import { type Logger, type Loop, startLoop } from "@muster/runtime";
import { type Database, type DirectoryKey, purgeHistory, purgeTombstones } from "@muster/store";
import { eachDirectory } from "./each-directory.ts";
import { purgeAttempts } from "./purge-attempts.ts";
import { purgeOldEvents } from "./purge-events.ts";
import { purgeRequests } from "./purge-requests.ts";

export type PurgeDeps = {
  db: Database;
  logger: Logger;
  /** Between 0 and 1; workers that started together do not go round together. */
  random(): number;
};

/** Days are what things are kept for, so an hour more is nothing. */
const EVERY_MS = 3_600_000;
const JITTER = 0.2;
/** People deleted in one transaction: enough to be quick, few enough that nobody waits long behind it. */
const CHUNK = 200;

/** Rows of history deleted in one transaction. */
const HISTORY_CHUNK = 5_000;

/** Starts the hourly round over all directories: what they no longer keep is deleted for good, people (B12), history and logs. */
export function startPurge(deps: PurgeDeps): Loop {
  return startLoop({
    name: "purge",
    everyMs: EVERY_MS * (1 - JITTER / 2 + JITTER * deps.random()),
    logger: deps.logger,
    async run(signal) {
      await purgeEverywhere(deps, signal);
      await purgeRequests(deps, signal);
      await purgeAttempts(deps, signal);
      await purgeOldEvents(deps, signal);
    },
  });
}

/** One round over people and what they were. Workers may go round at the same time: each takes the rows that no other has locked. */
export async function purgeEverywhere(deps: Pick<PurgeDeps, "db" | "logger">, signal: AbortSignal): Promise<void> {
  await eachDirectory(deps.db, signal, (directory) => purgeDirectory(deps, directory, signal));
}

async function purgeDirectory(
  { db, logger }: Pick<PurgeDeps, "db" | "logger">,
  { tenantId, directoryId }: DirectoryKey,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (let purged = CHUNK; purged > 0 && !signal.aborted; )
      purged = await purgeTombstones(db, tenantId, directoryId, { limit: CHUNK, actor: "system" });
    for (let isMore = true; isMore && !signal.aborted; )
      isMore = await purgeHistory(db, tenantId, directoryId, HISTORY_CHUNK);
  } catch (error) {
    // One directory's trouble keeps no other from its round.
    logger.error({ error, tenantId, directoryId }, "deleting old tombstones failed");
  }
}
