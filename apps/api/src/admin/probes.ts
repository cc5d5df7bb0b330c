import { operations, type Probe } from "@muster/contract";
import { requestProbe, requireProbe } from "@muster/provisioning";
import { inTenant, listProbes, type ProbeRecord } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { ownerOfConnection } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";

const DEFAULT_MEMBERS = 10;

/** What an app really does. */
export const probeRoutes: readonly AdminRoute[] = [
  adminRoute(operations.startProbe, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const { readOnly = false, members = DEFAULT_MEMBERS } = body ?? {};
    return show(await requestProbe(deps, owner, params.connectionId, { readOnly, members }));
  }),
  adminRoute(operations.listProbes, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfConnection(deps, scope, params.connectionId);
    const wanted = readPage(query);
    const page = { connectionId: params.connectionId, before: wanted.after, limit: wanted.limit };
    const rows = await inTenant(deps.db, tenantId, (tx) => listProbes(tx, tenantId, page));
    return toPage(rows, wanted, { idOf: byId, show });
  }),
  adminRoute(operations.getProbe, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    return show(await inTenant(deps.db, owner.tenantId, (tx) => requireProbe(tx, owner, params)));
  }),
];

function show(record: ProbeRecord): Probe {
  return {
    id: record.id,
    actor: record.actor,
    readOnly: record.readOnly,
    members: record.members,
    state: record.state,
    reason: record.reason,
    steps: record.steps,
    createdAt: record.createdAt.toISOString(),
    finishedAt: isoOrNull(record.finishedAt),
  };
}
