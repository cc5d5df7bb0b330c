import { type Database, type DirectoryKey, listDirectoryKeys, purgeRequests as purgeChunk } from "@muster/store";

const DIRECTORIES_A_PAGE = 500;
/** Rows of one statement: a fraction of a second, so that nothing waits for it and a stop is heard. */
const ROWS_A_CHUNK = 5_000;

/**
 * Deletes the requests that directories no longer keep (`request_log_days`), directory by directory in chunks, and returns
 * how many. It may be stopped anywhere and goes on with the next run; several workers do not wait for one another.
 */
export async function purgeRequests(deps: { db: Database; rowsAChunk?: number }, signal: AbortSignal): Promise<number> {
  const limit = deps.rowsAChunk ?? ROWS_A_CHUNK;
  let deleted = 0;
  let after: DirectoryKey | undefined;
  for (;;) {
    const page = await listDirectoryKeys(deps.db, { after, limit: DIRECTORIES_A_PAGE });
    for (const directory of page) {
      for (let chunk = limit; chunk === limit && !signal.aborted; deleted += chunk)
        chunk = await purgeChunk(deps.db, directory, limit);
      if (signal.aborted) return deleted;
    }
    if (page.length < DIRECTORIES_A_PAGE) return deleted;
    after = page.at(-1);
  }
}
