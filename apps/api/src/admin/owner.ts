import { reaches, requireTenant, type TenantScope, type WorkspaceScope } from "@muster/directory";
import type { Owner } from "@muster/provisioning";
import { Refusal } from "@muster/runtime";
import { type Database, findLaneTenant, type TenantId } from "@muster/store";

/** Narrows a scope to one of its tenants, or refuses with "not found": in the same words for another workspace's, or one out of a link's reach (V05, V10). */
export async function ownerOfTenant(
  deps: { db: Database },
  scope: WorkspaceScope,
  tenantId: TenantId,
): Promise<TenantScope> {
  await requireTenant(deps, scope, tenantId);
  return { ...scope, tenantId };
}

/** Narrows a scope to the tenant that a connection belongs to, or refuses with "not found", for another workspace's too. */
export async function ownerOfConnection(
  deps: { db: Database },
  scope: WorkspaceScope,
  connectionId: string,
): Promise<Owner> {
  const tenantId = await findLaneTenant(deps.db, scope.workspaceId, connectionId);
  if (tenantId === undefined || !reaches(scope, tenantId))
    throw new Refusal("notFound", `There is no connection ${connectionId}`);
  return { ...scope, tenantId };
}
