import { type Database, type DirectoryKey, listKnownDirectories } from "@muster/store";

const DIRECTORIES_A_PAGE = 500;

/** Does some work for each directory there is, one after the other, until it is told to stop. */
export async function eachDirectory(
  db: Database,
  signal: AbortSignal,
  work: (directory: DirectoryKey) => Promise<void>,
): Promise<void> {
  let after: DirectoryKey | undefined;
  do {
    const page = await listKnownDirectories(db, { after, limit: DIRECTORIES_A_PAGE });
    for (const directory of page) {
      if (signal.aborted) return;
      await work(directory);
    }
    after = page.at(-1);
  } while (after !== undefined);
}
