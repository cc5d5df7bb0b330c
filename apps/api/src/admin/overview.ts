import { type Overview, operations } from "@muster/contract";
import {
  type AppRecord,
  type ConnectionRecord,
  type Database,
  getConnection,
  type HealthRecord,
  inTenant,
  inWorkspace,
  listApps,
  listTenants,
  readConnectionHealth,
  type TenantRecord,
  type WorkspaceId,
} from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { isoOrNull } from "./iso-or-null.ts";

const DEFAULT_LIMIT = 50;

/** The health of everything, for whoever runs it. */
export const overviewRoutes: readonly AdminRoute[] = [
  adminRoute(operations.getOverview, async (deps, { scope, query }) => {
    const { workspaceId } = scope;
    const { counts, worst } = await readConnectionHealth(deps.db, workspaceId, query.limit ?? DEFAULT_LIMIT);
    return { connections: counts, worst: await nameAll(deps, workspaceId, worst) };
  }),
];

/** Names what the lanes are of, tenant by tenant; one that is being made at this moment is left out. */
async function nameAll(
  { db }: { db: Database },
  workspaceId: WorkspaceId,
  lanes: readonly HealthRecord[],
): Promise<Overview["worst"]> {
  const found: { lane: HealthRecord; connection: ConnectionRecord }[] = [];
  for (const lane of lanes) {
    const { tenantId, connectionId } = lane;
    const connection = await inTenant(db, tenantId, (tx) => getConnection(tx, tenantId, connectionId));
    if (connection !== undefined) found.push({ lane, connection });
  }
  const [apps, tenants] = [new Map<string, AppRecord>(), new Map<string, TenantRecord>()];
  await inWorkspace(db, workspaceId, async (tx) => {
    for (const id of new Set(found.map(({ connection }) => connection.appId)))
      for (const app of await listApps(tx, workspaceId, { id, limit: 1 })) apps.set(id, app);
    for (const id of new Set(found.map(({ lane }) => lane.tenantId)))
      for (const tenant of await listTenants(tx, workspaceId, { id, limit: 1 })) tenants.set(id, tenant);
  });
  return found.flatMap(({ lane, connection }) => {
    const [app, tenant] = [apps.get(connection.appId), tenants.get(lane.tenantId)];
    if (app === undefined || tenant === undefined) return [];
    return {
      connectionId: connection.id,
      name: connection.name,
      tenant: { id: tenant.id, name: tenant.name },
      app: { id: app.id, name: app.name },
      health: lane.health,
      reason: connection.stateReason,
      since: isoOrNull(lane.since),
      lastAttemptAt: isoOrNull(connection.lastAttemptAt),
    };
  });
}
