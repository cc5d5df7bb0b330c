import { type Hold, operations } from "@muster/contract";
import { readHeldPeople, readHolds, requireConnection, settleHold } from "@muster/provisioning";
import { type HoldRecord, inTenant } from "@muster/store";
import type { ApiDeps } from "../api-deps.ts";
import { type AdminRoute, adminRoute } from "../route.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { ownerOfConnection } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";

/** What the guard holds back, by cause, and the decision about it. */
export const holdRoutes: readonly AdminRoute[] = [
  adminRoute(operations.listHolds, async (deps, { scope, params, query }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const wanted = readPage(query);
    const page = {
      connectionId: params.connectionId,
      state: query.state,
      before: wanted.after,
      limit: wanted.limit,
    };
    await inTenant(deps.db, owner.tenantId, (tx) => requireConnection(tx, owner.tenantId, params.connectionId));
    const rows = await readHolds(deps, owner, page);
    return toPage(rows, wanted, { idOf: byId, show: (row) => show(params.connectionId, row) });
  }),
  adminRoute(operations.listHeldPeople, async (deps, { scope, params, query }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const wanted = readPage(query);
    const rows = await readHeldPeople(deps, owner, { ...params, ...wanted });
    return toPage(rows, wanted, { idOf: (row) => row.userId, show: (row) => row });
  }),
  adminRoute(operations.approveHold, (deps, { scope, params }) =>
    settle(deps, scope, { ...params, state: "approved" }),
  ),
  adminRoute(operations.rejectHold, (deps, { scope, params }) => settle(deps, scope, { ...params, state: "rejected" })),
];

async function settle(
  deps: ApiDeps,
  scope: Parameters<typeof ownerOfConnection>[1],
  decision: Parameters<typeof settleHold>[2],
): Promise<Hold> {
  const owner = await ownerOfConnection(deps, scope, decision.connectionId);
  const hold = await settleHold(deps, owner, decision);
  deps.ring(owner.tenantId, { connectionIds: [decision.connectionId], removal: decision.state === "approved" });
  return show(decision.connectionId, hold);
}

function show(connectionId: string, hold: HoldRecord): Hold {
  // Written as "action:target"; a target may be missing, the action never.
  const [action = hold.cause, target = null] = hold.cause.split(":");
  return {
    id: hold.id,
    connectionId,
    state: hold.state,
    cause: { action, target, name: hold.subject, actor: hold.actor, at: hold.at.toISOString() },
    people: hold.people,
    inScope: hold.inScope,
    threshold: hold.threshold,
    sourceIncomplete: hold.incomplete,
    createdAt: hold.createdAt.toISOString(),
    expiresAt: hold.expiresAt.toISOString(),
    decidedAt: isoOrNull(hold.decidedAt),
    decidedBy: hold.decidedBy,
  };
}
