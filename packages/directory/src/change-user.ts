import { foldCase, formatVersion, ScimError, type UserState } from "@muster/scim";
import {
  claimMembers,
  deleteUser as deleteUserRow,
  type FoundUser,
  getUser,
  inTrace,
  lockUser,
  type Tx,
  updateUsers,
  violatedConstraint,
} from "@muster/store";
import { userNameTaken } from "./create-user.ts";
import {
  type DirectoryDeps,
  type DirectoryScope,
  joinMarked,
  matchesMembers,
  nothingMarked,
  type Written,
} from "./scope.ts";

/** The version that a client believes it changes, from If-Match; null when it did not say. */
export type ExpectedVersion = readonly number[] | "any" | null;

/** Whom to change, from which version. */
export type ChangeTarget = { id: string; expected: ExpectedVersion };

/** Computes what a user becomes from what it is; pure, because it may be called more than once. */
export type UserChanger = (current: UserState) => { user: UserState; changed: boolean };

/**
 * Changes one user in a transaction of its own, and waits for the row where somebody else has it locked. `makeChangeUser`
 * falls back to it for what cannot share a transaction.
 */
export async function changeUser(
  deps: DirectoryDeps,
  scope: DirectoryScope,
  target: ChangeTarget,
  change: UserChanger,
): Promise<Written<FoundUser>> {
  const { tenantId, directoryId, actor, traceId } = scope;
  let wanted: UserState | undefined;
  try {
    return await inTrace(deps.db, scope, async (tx) => {
      const found = await lockUser(tx, tenantId, directoryId, target.id);
      if (found === undefined) throw userNotFound(target.id);
      const { record } = found;
      assertVersion(target.expected, record.version);
      const { user, changed } = change(record.user);
      if (!changed) return { value: found, marked: nothingMarked };
      wanted = user;
      const claims = claimsMembers(scope, record.user, user);
      const { rows, marked } = await updateUsers(claims ? tx : tx.last, tenantId, [{ record, user, actor, traceId }]);
      const value = { ...found, record: { ...record, user, ...rows.get(record.id) } };
      if (!claims) return { value, marked };
      const joined = await claimMembers(tx, tenantId, value.record, scope.memberMatching ?? []);
      return { value: await reread(tx, scope, value), marked: joinMarked(marked, joined) };
    });
  } catch (error) {
    if (wanted === undefined || violatedConstraint(error) !== "users_user_name") throw error;
    throw userNameTaken(wanted.userName, error);
  }
}

/** A name or an externalId that was not there before may claim places that groups kept (B19). */
export function claimsMembers(scope: DirectoryScope, before: UserState, after: UserState): boolean {
  if (!matchesMembers(scope)) return false;
  return before.externalId !== after.externalId || foldCase(before.userName) !== foldCase(after.userName);
}

async function reread(tx: Tx, { tenantId, directoryId }: DirectoryScope, { record }: FoundUser): Promise<FoundUser> {
  const found = await getUser(tx.last, tenantId, directoryId, record.id);
  if (found === undefined) throw new Error("A locked user cannot vanish");
  return found;
}

/** Deletes one user, who leaves every group and every app; what stays is a tombstone that a re-hire may revive. */
export async function deleteUser(
  deps: DirectoryDeps,
  scope: DirectoryScope,
  target: { id: string; expected: ExpectedVersion },
): Promise<Written<undefined>> {
  const { tenantId, directoryId, actor } = scope;
  return await inTrace(deps.db, scope, async (tx) => {
    if (target.expected !== null) {
      const found = await lockUser(tx, tenantId, directoryId, target.id);
      if (found !== undefined) assertVersion(target.expected, found.record.version);
    }
    const marked = await deleteUserRow(tx.last, tenantId, { directoryId, id: target.id, actor });
    if (marked === undefined) throw userNotFound(target.id);
    return { value: undefined, marked };
  });
}

/** The same answer for an unknown id and for one of another tenant (V05). */
export function userNotFound(id: string): ScimError {
  return new ScimError(404, undefined, `There is no user "${id}" here`);
}

/** Refuses a change that was made from an older version (RFC 7644 §3.14). */
export function assertVersion(expected: ExpectedVersion, actual: number): void {
  if (expected === null || expected === "any" || expected.includes(actual)) return;
  throw new ScimError(
    412,
    undefined,
    `The resource is at version ${formatVersion(actual)}, not ${expected.map(formatVersion).join(", ")}: read it again and repeat the change`,
  );
}
