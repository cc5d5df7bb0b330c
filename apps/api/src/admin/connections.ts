import { type Connection, type ConnectionTargetView, operations, type UpdateConnectionRequest } from "@muster/contract";
import {
  type ConnectionEdit,
  createConnection,
  editConnection,
  listConnectors,
  type Owner,
  pauseConnection,
  requireConnection,
  toSettings,
} from "@muster/provisioning";
import {
  type ConnectionRecord,
  type Database,
  findPausedLanes,
  inTenant,
  listConnections,
  listGateGroups,
} from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { ownerOfConnection, ownerOfTenant } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";

/** What ties a tenant's directory to an app. */
export const connectionRoutes: readonly AdminRoute[] = [
  adminRoute(operations.getConnectors, async () => listConnectors()),
  adminRoute(operations.createConnection, async (deps, { scope, params, body }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    const record = await createConnection(deps, owner, {
      appId: body.appId,
      directoryId: body.directoryId,
      name: body.name ?? null,
      target: body.target,
      profile: body.profile ?? null,
      settings: body.settings ?? {},
      ...(body.gate === undefined ? {} : { gate: body.gate }),
    });
    return show(owner, record, { paused: false, gateGroups: [] });
  }),
  adminRoute(operations.listConnections, async (deps, { scope, params, query }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    const wanted = readPage(query);
    const { rows, paused, gates } = await inTenant(deps.db, owner.tenantId, async (tx) => {
      const records = await listConnections(tx, owner.tenantId, wanted);
      const ids = records.map(byId);
      const [held, open] = await Promise.all([
        findPausedLanes(tx, owner.tenantId, ids),
        listGateGroups(tx, owner.tenantId, ids),
      ]);
      return { rows: records, paused: held, gates: open };
    });
    return toPage(rows, wanted, {
      idOf: byId,
      show: (row) => show(owner, row, { paused: paused.has(row.id), gateGroups: gates.get(row.id) ?? [] }),
    });
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
  adminRoute(operations.pauseConnection, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    await pauseConnection(deps, owner, params.connectionId, true);
    return await readConnection(deps, owner, params.connectionId);
  }),
  adminRoute(operations.resumeConnection, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    await pauseConnection(deps, owner, params.connectionId, false);
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return await readConnection(deps, owner, params.connectionId);
  }),
];

/** Reads a connection as it is answered. */
export async function readConnection(deps: { db: Database }, owner: Owner, connectionId: string): Promise<Connection> {
  return await inTenant(deps.db, owner.tenantId, async (tx) => {
    const record = await requireConnection(tx, owner.tenantId, connectionId);
    const paused = await findPausedLanes(tx, owner.tenantId, [connectionId]);
    const gates = await listGateGroups(tx, owner.tenantId, [connectionId]);
    return show(owner, record, { paused: paused.has(connectionId), gateGroups: gates.get(connectionId) ?? [] });
  });
}

// A target comes whole, so that a stored credential never goes to an address it was not given for (V33).
function toEdit(body: UpdateConnectionRequest): ConnectionEdit {
  const { name, target, profile, settings, paused, learnedProfile } = body;
  return {
    ...(name === undefined ? {} : { name }),
    ...(target === undefined ? {} : { target }),
    ...(profile === undefined ? {} : { profile }),
    ...(settings === undefined ? {} : { settings }),
    ...(paused === undefined ? {} : { paused }),
    ...(learnedProfile === undefined ? {} : { learnedProfile }),
  };
}

// Member by member: a column added later, and above all a sealed one, is not shown by accident (V23).
function show(
  owner: Owner,
  record: ConnectionRecord,
  { paused, gateGroups }: { paused: boolean; gateGroups: string[] },
): Connection {
  return {
    id: record.id,
    tenantId: owner.tenantId,
    appId: record.appId,
    directoryId: record.directoryId,
    name: record.name,
    target: {
      kind: record.kind,
      baseUrl: record.baseUrl,
      auth: { scheme: record.authScheme, configured: true },
      tls: record.tls,
      ...(record.targetOptions === null
        ? {}
        : { options: record.targetOptions as ConnectionTargetView["options"] & object }),
    },
    profile: record.profile,
    settings: toSettings(record),
    paused,
    gate: { state: record.gate, groups: gateGroups },
    state: paused ? "paused" : record.state,
    learned: {
      memberLimit: record.memberLimit,
      ratePerSecond: record.learnedRate,
      rateLearnedAt: isoOrNull(record.rateLearnedAt),
      profile: record.learnedProfile,
    },
    createdAt: record.createdAt.toISOString(),
  };
}
