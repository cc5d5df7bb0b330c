import { operations, type Tenant } from "@muster/contract";
import { createTenant, requireTenant, updateTenant } from "@muster/directory";
import { inWorkspace, listTenants, type TenantRecord } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { ownerOfTenant } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";

/** The customers of a workspace. */
export const tenantRoutes: readonly AdminRoute[] = [
  adminRoute(operations.createTenant, async (deps, { scope, body }) =>
    show(await createTenant(deps, scope, { name: body.name, externalId: body.externalId ?? null })),
  ),
  adminRoute(operations.listTenants, async (deps, { scope, query }) => {
    const wanted = readPage(query);
    const rows = await inWorkspace(deps.db, scope.workspaceId, (tx) => listTenants(tx, scope.workspaceId, wanted));
    return toPage(rows, wanted, { idOf: byId, show });
  }),
  adminRoute(operations.getTenant, async (deps, { scope, params }) =>
    show(await requireTenant(deps, scope, params.tenantId)),
  ),
  adminRoute(operations.updateTenant, async (deps, { scope, params, body }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    const { tenant, resumed } = await updateTenant(deps, owner, body);
    if (resumed.length > 0) deps.ring(tenant.id, { connectionIds: resumed, removal: false });
    return show(tenant);
  }),
];

function show(tenant: TenantRecord): Tenant {
  return {
    id: tenant.id,
    name: tenant.name,
    externalId: tenant.externalId,
    createdAt: tenant.createdAt.toISOString(),
    suspended: tenant.suspendedAt !== null,
  };
}
