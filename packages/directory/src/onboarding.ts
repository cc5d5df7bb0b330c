import { issueToken, type Keyring } from "@muster/credentials";
import { Refusal, uuidV7 } from "@muster/runtime";
import {
  type Actor,
  type AppRecord,
  countLiveTokens,
  type Database,
  type DirectoryRecord,
  insertApp,
  insertAudit,
  insertDirectory,
  insertDirectoryToken,
  insertTenant,
  insertWorkspaceAudit,
  inTenant,
  inWorkspace,
  listApps,
  listDirectories,
  listTenants,
  lockDirectory,
  revokeDirectoryToken,
  type TenantId,
  type TenantRecord,
  type Tx,
  violatedConstraint,
  type WorkspaceId,
} from "@muster/store";

export type WorkspaceScope = { workspaceId: WorkspaceId; actor: Actor };
export type TenantScope = WorkspaceScope & { tenantId: TenantId };

/** Registers an app with its roles. */
export async function createApp(
  deps: { db: Database },
  scope: WorkspaceScope,
  input: { name: string; roles: readonly { key: string; name: string }[] },
): Promise<AppRecord> {
  const id = uuidV7();
  return await inWorkspace(deps.db, scope.workspaceId, async (tx) => {
    await insertApp(tx, scope.workspaceId, { id, ...input });
    await insertWorkspaceAudit(tx, scope.workspaceId, { actor: scope.actor, action: "app.create", target: id });
    const [app] = await listApps(tx, scope.workspaceId, { id, limit: 1 });
    if (app === undefined) throw new Error("An app that was inserted must be there");
    return app;
  });
}

/** Takes a customer on. */
export async function createTenant(
  deps: { db: Database },
  scope: WorkspaceScope,
  input: { name: string; externalId: string | null },
): Promise<TenantRecord> {
  const id = uuidV7();
  try {
    return await inTenant(
      deps.db,
      id,
      async (tx) => {
        const tenant = await insertTenant(tx, scope.workspaceId, { id, ...input });
        await insertAudit(tx, id, { actor: scope.actor, action: "tenant.create", target: id });
        return tenant;
      },
      scope.workspaceId,
    );
  } catch (error) {
    throw violatedConstraint(error) === "tenants_external_id" ? externalIdTaken(input.externalId, error) : error;
  }
}

function externalIdTaken(externalId: string | null, cause: unknown): Refusal {
  const message = `externalId: another tenant has "${externalId ?? ""}"; each tenant needs its own`;
  return new Refusal("conflict", message, { cause });
}

/** Reads a tenant of this workspace, or refuses with "not found": also when it is another workspace's. */
export async function requireTenant(
  deps: { db: Database },
  scope: WorkspaceScope,
  tenantId: TenantId,
): Promise<TenantRecord> {
  const [tenant] = await inWorkspace(deps.db, scope.workspaceId, (tx) =>
    listTenants(tx, scope.workspaceId, { id: tenantId, limit: 1 }),
  );
  if (tenant === undefined) throw new Refusal("notFound", `There is no tenant ${tenantId}`);
  return tenant;
}

const TOKEN_DAYS = 365;
/** Two, so that a token can be changed without a gap, and no more, so that a forgotten one shows. */
const MAX_LIVE_TOKENS = 2;

export type IssuedDirectoryToken = { id: string; bearerToken: string; expiresAt: Date };
export type OnboardingDeps = { db: Database; keyring: Keyring; now(): Date };

/** Opens a directory: the place an identity provider pushes to, with its first token, which is shown this once. */
export async function createDirectory(
  deps: OnboardingDeps,
  scope: TenantScope,
  input: { provider: string; name: string },
): Promise<{ directory: DirectoryRecord; token: IssuedDirectoryToken }> {
  return await inTenant(deps.db, scope.tenantId, async (tx) => {
    const directory = await insertDirectory(tx, scope.tenantId, { id: uuidV7(), ...input });
    const token = await keepNewToken(deps, tx, scope.tenantId, directory.id);
    await insertAudit(tx, scope.tenantId, { actor: scope.actor, action: "directory.create", target: directory.id });
    return { directory, token };
  });
}

/** Issues a further token, so that the present one can be replaced without a gap. */
export async function createDirectoryToken(
  deps: OnboardingDeps,
  scope: TenantScope,
  directoryId: string,
): Promise<IssuedDirectoryToken> {
  return await inTenant(deps.db, scope.tenantId, async (tx) => {
    await requireDirectory(tx, scope.tenantId, directoryId);
    await lockDirectory(tx, scope.tenantId, directoryId);
    if ((await countLiveTokens(tx, scope.tenantId, directoryId)) >= MAX_LIVE_TOKENS)
      throw new Refusal("conflict", `This directory has ${MAX_LIVE_TOKENS} live tokens: revoke one first`);
    const token = await keepNewToken(deps, tx, scope.tenantId, directoryId);
    await insertAudit(tx, scope.tenantId, { actor: scope.actor, action: "token.create", target: token.id });
    return token;
  });
}

/** Revokes a token; every process refuses it within a second. */
export async function revokeToken(
  deps: { db: Database },
  scope: TenantScope,
  token: { directoryId: string; id: string },
): Promise<void> {
  await inTenant(deps.db, scope.tenantId, async (tx) => {
    await requireDirectory(tx, scope.tenantId, token.directoryId);
    if (!(await revokeDirectoryToken(tx, scope.tenantId, { directoryId: token.directoryId, publicId: token.id })))
      throw new Refusal("notFound", `This directory has no live token ${token.id}`);
    await insertAudit(tx, scope.tenantId, { actor: scope.actor, action: "token.revoke", target: token.id });
  });
}

/** Reads a directory or refuses with "not found". */
export async function requireDirectory(tx: Tx, tenantId: TenantId, directoryId: string): Promise<DirectoryRecord> {
  const [directory] = await listDirectories(tx, tenantId, { id: directoryId, limit: 1 });
  if (directory === undefined) throw new Refusal("notFound", `There is no directory ${directoryId}`);
  return directory;
}

async function keepNewToken(
  deps: OnboardingDeps,
  tx: Tx,
  tenantId: TenantId,
  directoryId: string,
): Promise<IssuedDirectoryToken> {
  const issued = issueToken(deps.keyring, "scim");
  const expiresAt = new Date(deps.now().getTime() + TOKEN_DAYS * 86_400_000);
  await insertDirectoryToken(tx, tenantId, {
    publicId: issued.publicId,
    directoryId,
    digest: issued.digest,
    pepperId: issued.pepperId,
    expiresAt,
  });
  return { id: issued.publicId, bearerToken: issued.token, expiresAt };
}
