import { Refusal, uuidV7 } from "@muster/runtime";
import {
  type Actor,
  type AppRecord,
  type Database,
  insertApp,
  insertAudit,
  insertTenant,
  insertWorkspaceAudit,
  inTenant,
  inWorkspace,
  listApps,
  listTenants,
  openWebhookLanes,
  revokePortalLinks,
  updateTenant as storeTenant,
  suspendDirectoryTokens,
  suspendLanes,
  type TenantId,
  type TenantRecord,
  violatedConstraint,
  type WorkspaceId,
} from "@muster/store";

export type WorkspaceScope = {
  workspaceId: WorkspaceId;
  actor: Actor;
  /** The trace of the request (W3C Trace Context), which everything that it changes carries on. */
  traceId?: string;
  /** The one tenant that there is for whoever came by a link of it; every other is "not found". */
  onlyTenant?: TenantId;
};
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
        await openWebhookLanes(tx, scope.workspaceId, { tenantId: id });
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

/** Whether a scope is not held to another tenant than this. */
export function reaches({ onlyTenant }: Pick<WorkspaceScope, "onlyTenant">, tenantId: TenantId): boolean {
  return onlyTenant === undefined || onlyTenant === tenantId;
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
  if (tenant === undefined || !reaches(scope, tenantId))
    throw new Refusal("notFound", `There is no tenant ${tenantId}`);
  return tenant;
}

export type TenantChange = { name?: string | undefined; suspended?: boolean | undefined };

/**
 * Renames, suspends or resumes a customer. Suspended means: what its identity providers send is refused, nothing is pushed,
 * on every process within a second; links into the portal and what was begun with them are over. Resumed, its lanes are due: answers them, to be rung.
 */
export async function updateTenant(
  deps: { db: Database },
  scope: TenantScope,
  change: TenantChange,
): Promise<{ tenant: TenantRecord; resumed: string[] }> {
  const { tenantId, workspaceId, actor } = scope;
  return await inTenant(
    deps.db,
    tenantId,
    async (tx) => {
      const tenant = await storeTenant(tx, workspaceId, tenantId, change);
      if (tenant === undefined) throw new Refusal("notFound", `There is no tenant ${tenantId}`);
      const { suspended } = change;
      const lanes = suspended === undefined ? [] : await suspendLanes(tx, tenantId, suspended);
      if (suspended !== undefined) await suspendDirectoryTokens(tx, tenantId, suspended);
      if (suspended === true) await revokePortalLinks(tx, tenantId);
      await insertAudit(tx, tenantId, { actor, action: actionOf(suspended), target: tenantId });
      return { tenant, resumed: suspended === false ? lanes : [] };
    },
    workspaceId,
  );
}

function actionOf(suspended: boolean | undefined): string {
  if (suspended === undefined) return "tenant.update";
  return suspended ? "tenant.suspend" : "tenant.resume";
}
