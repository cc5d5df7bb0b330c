import { type Connection, defaultConnectionSettings, operations, type UpdateConnectionRequest } from "@muster/contract";
import {
  type ConnectionEdit,
  createConnection,
  editConnection,
  type Owner,
  requireConnection,
} from "@muster/provisioning";
import { type ConnectionRecord, type Database, findPausedLanes, inTenant, listConnections } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { ownerOfConnection, ownerOfTenant } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";

/** What ties a tenant's directory to an app. */
export const connectionRoutes: readonly AdminRoute[] = [
  adminRoute(operations.createConnection, async (deps, { scope, params, body }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    const record = await createConnection(deps, owner, {
      appId: body.appId,
      directoryId: body.directoryId,
      name: body.name ?? null,
      target: body.target,
      profile: body.profile ?? null,
      settings: { ...defaultConnectionSettings, ...body.settings },
    });
    return show(owner, record, false);
  }),
  adminRoute(operations.listConnections, async (deps, { scope, params, query }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    const wanted = readPage(query);
    const { rows, paused } = await inTenant(deps.db, owner.tenantId, async (tx) => {
      const records = await listConnections(tx, owner.tenantId, wanted);
      return { rows: records, paused: await findPausedLanes(tx, owner.tenantId, records.map(byId)) };
    });
    return toPage(rows, wanted, { idOf: byId, show: (row) => show(owner, row, paused.has(row.id)) });
  }),
  adminRoute(operations.getConnection, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    return await readConnection(deps, owner, params.connectionId);
  }),
  adminRoute(operations.updateConnection, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    await editConnection(deps, owner, params.connectionId, toEdit(body));
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return await readConnection(deps, owner, params.connectionId);
  }),
];

async function readConnection(deps: { db: Database }, owner: Owner, connectionId: string): Promise<Connection> {
  return await inTenant(deps.db, owner.tenantId, async (tx) => {
    const record = await requireConnection(tx, owner.tenantId, connectionId);
    const paused = await findPausedLanes(tx, owner.tenantId, [connectionId]);
    return show(owner, record, paused.has(connectionId));
  });
}

// A target comes whole, so that a stored credential never goes to an address it was not given for (V33).
function toEdit(body: UpdateConnectionRequest): ConnectionEdit {
  const { name, target, settings, paused } = body;
  return {
    ...(name === undefined ? {} : { name }),
    ...(target === undefined ? {} : { baseUrl: target.baseUrl, auth: target.auth }),
    ...(settings === undefined ? {} : { settings }),
    ...(paused === undefined ? {} : { paused }),
  };
}

// Member by member: a column added later, and above all a sealed one, is not shown by accident (V23).
function show(owner: Owner, record: ConnectionRecord, paused: boolean): Connection {
  return {
    id: record.id,
    tenantId: owner.tenantId,
    appId: record.appId,
    directoryId: record.directoryId,
    name: record.name,
    target: { kind: record.kind, baseUrl: record.baseUrl, auth: { scheme: record.authScheme, configured: true } },
    profile: record.profile,
    settings: {
      onLeave: record.onLeave,
      updateMethod: record.updateMethod,
      adoption: record.adoption,
      maxInFlight: record.maxInFlight,
      ratePerSecond: record.ratePerSecond,
      guardPercent: record.guardPercent,
    },
    paused,
    state: paused ? "paused" : record.state,
    createdAt: record.createdAt.toISOString(),
  };
}
