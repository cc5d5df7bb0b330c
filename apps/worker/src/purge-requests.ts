import { type Database, purgeRequests as purgeChunk } from "@muster/store";
import { eachDirectory } from "./each-directory.ts";
import { inChunks, ROWS_A_CHUNK } from "./in-chunks.ts";

/**
 * Deletes the requests that directories no longer keep (`request_log_days`), directory by directory in chunks, and returns
 * how many. It may be stopped anywhere and goes on with the next run; several workers do not wait for one another.
 */
export async function purgeRequests(deps: { db: Database; rowsAChunk?: number }, signal: AbortSignal): Promise<number> {
  const limit = deps.rowsAChunk ?? ROWS_A_CHUNK;
  let deleted = 0;
  await eachDirectory(deps.db, signal, async (directory) => {
    deleted += await inChunks(limit, signal, (rows) => purgeChunk(deps.db, directory, rows));
  });
  return deleted;
}
