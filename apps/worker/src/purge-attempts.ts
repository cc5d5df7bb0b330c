import { type Database, purgeAttempts as purgeChunk } from "@muster/store";
import { eachDirectory } from "./each-directory.ts";

/** Rows of one statement: a fraction of a second, so that nothing waits for it and a stop is heard. */
const ROWS_A_CHUNK = 5_000;

/**
 * Deletes the attempts that connections no longer keep (`attempt_log_days`), directory by directory in chunks, and returns
 * how many. It may be stopped anywhere and goes on with the next run; several workers do not wait for one another.
 */
export async function purgeAttempts(deps: { db: Database; rowsAChunk?: number }, signal: AbortSignal): Promise<number> {
  const limit = deps.rowsAChunk ?? ROWS_A_CHUNK;
  let deleted = 0;
  await eachDirectory(deps.db, signal, async (directory) => {
    for (let chunk = limit; chunk === limit && !signal.aborted; deleted += chunk)
      chunk = await purgeChunk(deps.db, directory, limit);
  });
  return deleted;
}
