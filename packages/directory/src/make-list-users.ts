import {
  type Database,
  type FoundUser,
  type LookedUp,
  lookUpUsersOfTenants,
  type NextPlace,
  type UserLookUp,
  userLookUp,
} from "@muster/store";
import { type ListInput, listUsers } from "./list-people.ts";
import type { DirectoryScope } from "./scope.ts";
import { makeSharedReads } from "./shared-reads.ts";

/** Lists users of the directory that pass a filter, a page of them with their groups, and the number of all that do. */
export type ListUsers = (
  scope: DirectoryScope,
  input: ListInput,
) => Promise<{ total: number; users: FoundUser[]; next: NextPlace }>;

/**
 * Makes the one way to list users. What comes down to one userName or externalId, which clients ask before every create,
 * shares its statement with others of the kind (ADR 0015); everything else runs in a transaction of its own.
 */
export function makeListUsers({ db }: { db: Database }): ListUsers {
  const lineBy = (by: UserLookUp["by"]) =>
    makeSharedReads<Omit<UserLookUp, "by">, LookedUp>((batches) => lookUpUsersOfTenants(db, by, batches));
  const ask = { userName: lineBy("userName"), externalId: lineBy("externalId") };
  return async (scope, input) => {
    const lookUp = userLookUp({ ...input, directoryId: scope.directoryId });
    const found = lookUp && (await ask[lookUp.by](scope.tenantId, lookUp));
    // A walk by cursor that would go on after this page needs the long way.
    const isWhole = found !== undefined && (input.page.kind === "index" || found.total === found.users.length);
    return isWhole ? { ...found, next: null } : await listUsers({ db }, scope, input);
  };
}
