import { Refusal } from "@muster/runtime";
import {
  type Database,
  insertAudit,
  inTenant,
  inTrace,
  isPersonHere,
  listApps,
  listManualRoles,
  type ManualRoleRecord,
  replaceManualRoles,
  type Tx,
} from "@muster/store";
import { type Owner, requireConnection } from "./connections.ts";

type PersonKey = { connectionId: string; userId: string };

/** Lists the roles that were given to one person, or taken from them, by hand; they count while the connection says so. */
export async function getManualRoles(
  deps: { db: Database },
  owner: Owner,
  key: PersonKey,
): Promise<ManualRoleRecord[]> {
  return await inTenant(deps.db, owner.tenantId, async (tx) => {
    await requirePerson(tx, owner, key);
    return await listManualRoles(tx, owner.tenantId, key);
  });
}

/**
 * Replaces the roles that are given to one person, and taken from them, by hand (F7). Refused where roles are locked: the
 * identity provider manages them.
 */
export async function putManualRoles(
  deps: { db: Database },
  owner: Owner,
  key: PersonKey,
  input: { grant: readonly string[]; remove: readonly string[] },
): Promise<ManualRoleRecord[]> {
  const { tenantId, actor } = owner;
  return await inTrace(
    deps.db,
    owner,
    async (tx) => {
      const connection = await requirePerson(tx, owner, key);
      if (connection.manualRoles === "locked")
        throw new Refusal(
          "conflict",
          `Roles of connection ${key.connectionId} are locked: its rules decide alone until they say "manualRoles": "editable"`,
        );
      const [app] = await listApps(tx, owner.workspaceId, { id: connection.appId, limit: 1 });
      const known = (app?.roles ?? []).map((role) => role.key);
      const both = input.grant.find((role) => input.remove.includes(role));
      if (both !== undefined)
        throw new Refusal("invalid", `Role "${both}" is both in grant and in remove: leave one out`);
      const unknown = [...input.grant, ...input.remove].find((role) => !known.includes(role));
      if (unknown !== undefined)
        throw new Refusal("invalid", `The app has no role "${unknown}": it has ${known.join(", ") || "none"}`);
      const roles = [
        ...input.grant.map((role) => ({ role, effect: "grant" as const })),
        ...input.remove.map((role) => ({ role, effect: "remove" as const })),
      ];
      await replaceManualRoles(tx, tenantId, key, { roles, actor });
      await insertAudit(tx, tenantId, { actor, action: "account.roles", target: key.userId });
      return await listManualRoles(tx, tenantId, key);
    },
    owner.workspaceId,
  );
}

async function requirePerson(tx: Tx, { tenantId }: Owner, key: PersonKey): ReturnType<typeof requireConnection> {
  const connection = await requireConnection(tx, tenantId, key.connectionId);
  if (!(await isPersonHere(tx, tenantId, key)))
    throw new Refusal("notFound", `This connection's directory has no person ${key.userId}`);
  return connection;
}
