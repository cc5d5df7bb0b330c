import { Refusal, readNetwork, uuidV7 } from "@muster/runtime";
import {
  type Database,
  type DirectoryChange,
  type DirectoryGate,
  type DirectoryRecord,
  insertAudit,
  insertDirectory,
  inTenant,
  listDirectories,
  raiseCredentialEpoch,
  updateDirectory as storeDirectory,
  type TenantId,
  type Tx,
} from "@muster/store";
import { type IssuedCredential, type IssuingDeps, issueInto } from "./directory-tokens.ts";
import type { TenantScope } from "./onboarding.ts";

/** Opens a directory: the place an identity provider pushes to, with its first token, which is shown this once. */
export async function createDirectory(
  deps: IssuingDeps,
  scope: TenantScope,
  input: { provider: string; name: string; gate?: DirectoryGate },
): Promise<{ directory: DirectoryRecord; token: IssuedCredential }> {
  return await inTenant(
    deps.db,
    scope.tenantId,
    async (tx) => {
      const directory = await insertDirectory(tx, scope.tenantId, { id: uuidV7(), ...input });
      const token = await issueInto(deps, tx, scope, { directoryId: directory.id, kind: "bearer" });
      await insertAudit(tx, scope.tenantId, { actor: scope.actor, action: "directory.create", target: directory.id });
      return { directory, token };
    },
    scope.workspaceId,
  );
}

/**
 * Changes what a directory is called or set to; every process follows within a second.
 *
 * @throws {Refusal} "invalid" for an address that is no CIDR
 */
export async function updateDirectory(
  deps: { db: Database },
  scope: TenantScope,
  directoryId: string,
  change: DirectoryChange,
): Promise<DirectoryRecord> {
  const { tenantId, actor } = scope;
  const wrong = (change.allowedAddresses ?? []).findIndex((text) => readNetwork(text) === null);
  return await inTenant(deps.db, tenantId, async (tx) => {
    await requireDirectory(tx, tenantId, directoryId);
    if (wrong !== -1)
      throw new Refusal(
        "invalid",
        `allowedAddresses[${wrong}] must be an address or a CIDR such as 192.0.2.0/24 or 2001:db8::/32`,
      );
    const directory = await storeDirectory(tx, tenantId, directoryId, change);
    if (directory === undefined) throw new Error("A directory that was just read must be there");
    await insertAudit(tx, tenantId, { actor, action: "directory.update", target: directoryId });
    await raiseCredentialEpoch(tx);
    return directory;
  });
}

/** Reads a directory or refuses with "not found". */
export async function requireDirectory(tx: Tx, tenantId: TenantId, directoryId: string): Promise<DirectoryRecord> {
  const [directory] = await listDirectories(tx, tenantId, { id: directoryId, limit: 1 });
  if (directory === undefined) throw new Refusal("notFound", `There is no directory ${directoryId}`);
  return directory;
}
