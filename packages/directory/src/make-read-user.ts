import { type Database, type FoundUser, readUsersOfTenants, type UserKey } from "@muster/store";
import { userNotFound } from "./change-user.ts";
import type { DirectoryScope } from "./scope.ts";
import { makeSharedReads } from "./shared-reads.ts";

/** Reads one user of the directory with their groups, or refuses with 404. */
export type ReadUser = (scope: DirectoryScope, id: string) => Promise<FoundUser>;

/** Makes the one way to read a user: requests that arrive while a read runs share the next one (ADR 0015). */
export function makeReadUser({ db }: { db: Database }): ReadUser {
  const ask = makeSharedReads<UserKey, FoundUser | undefined>((batches) => readUsersOfTenants(db, batches));
  return async ({ tenantId, directoryId }, id) => {
    const found = await ask(tenantId, { directoryId, id });
    if (found === undefined) throw userNotFound(id);
    return found;
  };
}
