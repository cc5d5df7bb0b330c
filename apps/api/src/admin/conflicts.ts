import { type Conflict, operations } from "@muster/contract";
import { decideConflict } from "@muster/provisioning";
import { type ConflictRecord, inTenant, listConflicts } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { ownerOfConnection } from "./owner.ts";
import { readPage, toPage } from "./page.ts";

/** Whose the accounts are that an app had before. */
export const conflictRoutes: readonly AdminRoute[] = [
  adminRoute(operations.listConflicts, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfConnection(deps, scope, params.connectionId);
    const wanted = readPage(query);
    const page = { ...wanted, connectionId: params.connectionId, decided: query.state === "decided" };
    const rows = await inTenant(deps.db, tenantId, (tx) => listConflicts(tx, tenantId, page));
    return toPage(rows, wanted, { idOf: (row) => row.userId, show });
  }),
  adminRoute(operations.decideConflict, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const input = { userId: params.userId, action: body.action, remoteId: body.remoteId };
    const decided = await decideConflict(deps, owner, params.connectionId, input);
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return show(decided);
  }),
];

function show(record: ConflictRecord): Conflict {
  return {
    userId: record.userId,
    userName: record.userName,
    why: record.why,
    candidates: record.candidates,
    foundAt: record.foundAt.toISOString(),
    decision: record.decision,
    decidedBy: record.decidedBy,
    decidedAt: isoOrNull(record.decidedAt),
  };
}
