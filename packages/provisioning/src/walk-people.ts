/** People read at a time, so that memory does not grow with the connection. */
const CHUNK = 500;

export type PeoplePage = { after: string | null; limit: number };

/**
 * Reads people chunk after chunk, in the order of their ids, until there are no more.
 *
 * @param read answers whom it read, or undefined when it is enough
 * @returns false when `read` ended it
 */
export async function walkPeople(read: (page: PeoplePage) => Promise<readonly string[] | undefined>): Promise<boolean> {
  for (let after: string | null = null; ; ) {
    const userIds: readonly string[] | undefined = await read({ after, limit: CHUNK });
    if (userIds === undefined) return false;
    if (userIds.length < CHUNK) return true;
    after = userIds.at(-1) ?? null;
  }
}
