/** Rows of one statement: a fraction of a second, so that nothing waits for it and a stop is heard. */
export const ROWS_A_CHUNK = 5_000;

/** Deletes chunk after chunk until one is not full or the process is to stop, and returns how many rows. */
export async function inChunks(
  limit: number,
  signal: AbortSignal,
  purgeChunk: (limit: number) => Promise<number>,
): Promise<number> {
  let deleted = 0;
  for (let chunk = limit; chunk === limit && !signal.aborted; deleted += chunk) chunk = await purgeChunk(limit);
  return deleted;
}
