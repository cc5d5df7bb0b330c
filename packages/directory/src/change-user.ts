import { formatVersion, ScimError, type UserState } from "@muster/scim";
import {
  deleteUser as deleteUserRow,
  type GroupReference,
  getUser,
  inTenant,
  lockUser,
  type UserRecord,
  updateUser,
  violatedConstraint,
} from "@muster/store";
import { userNameTaken } from "./create-user.ts";
import { type DirectoryDeps, type DirectoryScope, nothingMarked, type Written } from "./scope.ts";

export type FoundUser = { record: UserRecord; groups: GroupReference[] };

/** The version that a client believes it changes, from If-Match; null when it did not say. */
export type ExpectedVersion = number | "any" | null;

/** Reads one user of the directory, or refuses with 404. */
export async function readUser(deps: DirectoryDeps, scope: DirectoryScope, id: string): Promise<FoundUser> {
  const found = await inTenant(deps.db, scope.tenantId, (tx) =>
    getUser(tx.last, scope.tenantId, scope.directoryId, id),
  );
  if (found === undefined) throw userNotFound(id);
  return found;
}

/**
 * Changes one user under its row lock: `change` gets the present state and returns the new one, or the same when there is
 * nothing to change; then neither version nor lastModified move.
 */
export async function changeUser(
  deps: DirectoryDeps,
  scope: DirectoryScope,
  target: { id: string; expected: ExpectedVersion },
  change: (current: UserState) => { user: UserState; changed: boolean },
): Promise<Written<FoundUser>> {
  const { tenantId, directoryId, actor } = scope;
  let wanted: UserState | undefined;
  try {
    return await inTenant(deps.db, tenantId, async (tx) => {
      const found = await lockUser(tx, tenantId, directoryId, target.id);
      if (found === undefined) throw userNotFound(target.id);
      const { record, groups } = found;
      assertVersion(target.expected, record.version);
      const { user, changed } = change(record.user);
      if (!changed) return { value: found, marked: nothingMarked };
      wanted = user;
      const removal = record.user.active && !user.active;
      const { version, updatedAt, marked } = await updateUser(tx.last, tenantId, {
        id: record.id,
        user,
        removal,
        actor,
      });
      return { value: { record: { ...record, user, version, updatedAt }, groups }, marked };
    });
  } catch (error) {
    if (wanted === undefined || violatedConstraint(error) !== "users_user_name") throw error;
    throw userNameTaken(wanted.userName, error);
  }
}

/** Deletes one user, who leaves every group and every app; what stays is a tombstone that a re-hire may revive. */
export async function deleteUser(
  deps: DirectoryDeps,
  scope: DirectoryScope,
  target: { id: string; expected: ExpectedVersion },
): Promise<Written<undefined>> {
  const { tenantId, directoryId, actor } = scope;
  return await inTenant(deps.db, tenantId, async (tx) => {
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
function userNotFound(id: string): ScimError {
  return new ScimError(404, undefined, `There is no user "${id}" here`);
}

/** Refuses a change that was made from an older version (RFC 7644 §3.14). */
export function assertVersion(expected: ExpectedVersion, actual: number): void {
  if (expected === null || expected === "any" || expected === actual) return;
  throw new ScimError(
    412,
    undefined,
    `The resource is at version ${formatVersion(actual)}, not ${formatVersion(expected)}: read it again and repeat the change`,
  );
}
