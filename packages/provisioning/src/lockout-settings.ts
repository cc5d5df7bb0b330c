import { Refusal } from "@muster/runtime";
import { foldCase } from "@muster/scim";
import {
  type Database,
  expandConnections,
  findPeople,
  insertAudit,
  inTenant,
  inTrace,
  listApps,
  listProtectedPeople,
  type ProtectedPerson,
  replaceProtectedPeople,
  type Tx,
  updateConnection,
} from "@muster/store";
import type { PersonName } from "./assignments.ts";
import { type Owner, requireConnection } from "./connections.ts";

/** Whom no change may lock out of a connection's app: people by name, and the last holder of each of these roles. */
export type LockoutSettings = { people: ProtectedPerson[]; roles: string[] };

/** Replaces whom no change may lock out; everybody is looked at again, so that whoever was kept may go. */
export async function putLockoutGuard(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
  input: { people: readonly PersonName[]; roles: readonly string[] },
): Promise<LockoutSettings> {
  const { tenantId, actor } = owner;
  return await inTrace(
    deps.db,
    owner,
    async (tx) => {
      const connection = await requireConnection(tx, tenantId, connectionId);
      const [app] = await listApps(tx, owner.workspaceId, { id: connection.appId, limit: 1 });
      const known = (app?.roles ?? []).map((role) => role.key);
      for (const role of input.roles)
        if (!known.includes(role))
          throw new Refusal("invalid", `The app has no role "${role}": it has ${known.join(", ") || "none"}`);
      const userIds = await requirePeople(tx, tenantId, connection.directoryId, input.people);
      await replaceProtectedPeople(tx, tenantId, connectionId, userIds);
      await updateConnection(tx, tenantId, connectionId, { protectedRoles: [...new Set(input.roles)] });
      const cause = "connection.update:lockoutGuard";
      await expandConnections(tx, tenantId, { connectionIds: [connectionId], cause, removal: false, actor });
      await insertAudit(tx, tenantId, { actor, action: "lockoutGuard.put", target: connectionId });
      return await readLockoutSettings(tx, owner, connectionId);
    },
    owner.workspaceId,
  );
}

/** Reads whom no change may lock out. */
export async function getLockoutGuard(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
): Promise<LockoutSettings> {
  return await inTenant(deps.db, owner.tenantId, (tx) => readLockoutSettings(tx, owner, connectionId));
}

async function readLockoutSettings(tx: Tx, { tenantId }: Owner, connectionId: string): Promise<LockoutSettings> {
  const { protectedRoles } = await requireConnection(tx, tenantId, connectionId);
  return { people: await listProtectedPeople(tx, tenantId, connectionId), roles: protectedRoles };
}

/** Somebody who is not there cannot be protected: a name that was misspelt would protect nobody, and be found out too late. */
async function requirePeople(
  tx: Tx,
  tenantId: string,
  directoryId: string,
  names: readonly PersonName[],
): Promise<string[]> {
  const found = await findPeople(tx, tenantId, directoryId, {
    ids: names.flatMap((name) => ("id" in name ? [name.id] : [])),
    userNames: names.flatMap((name) => ("id" in name ? [] : [name.userName])),
  });
  const userIds = names.map((name) => {
    const person = found.find((one) =>
      "id" in name ? one.id === name.id : one.userNameKey === foldCase(name.userName),
    );
    const called = "id" in name ? name.id : `called "${name.userName}"`;
    if (person === undefined) throw new Refusal("invalid", `This connection's directory has no person ${called}`);
    return person.id;
  });
  return [...new Set(userIds)];
}
