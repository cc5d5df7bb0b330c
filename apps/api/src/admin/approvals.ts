import { type Approval, type DecideApprovalsRequest, operations } from "@muster/contract";
import { type ApprovalDecision, decideApprovals, readApprovalList } from "@muster/provisioning";
import { Refusal } from "@muster/runtime";
import type { ApprovalRecord } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { ownerOfConnection } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";

/** Steps that wait for somebody's word. */
export const approvalRoutes: readonly AdminRoute[] = [
  adminRoute(operations.listApprovals, async (deps, { scope, params, query }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const { connectionId } = params;
    const wanted = readPage(query);
    const page = { ...wanted, state: query.state ?? "waiting", action: query.action };
    const rows = await readApprovalList(deps, owner, connectionId, page);
    return toPage(rows, wanted, { idOf: byId, show: (record) => show(connectionId, record) });
  }),
  adminRoute(operations.decideApprovals, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const { connectionId } = params;
    const { removal, ...result } = await decideApprovals(deps, owner, connectionId, toDecision(body));
    if (result.decided > 0) deps.ring(owner.tenantId, { connectionIds: [connectionId], removal });
    return result;
  }),
];

function toDecision({ decision, ids, upTo, action }: DecideApprovalsRequest): ApprovalDecision {
  const state = decision === "approve" ? "approved" : "rejected";
  if ((ids === undefined) === (upTo === undefined))
    throw new Refusal("invalid", "Give either ids, or upTo for all that had been asked by a moment");
  if (upTo !== undefined) return { state, about: { upTo: new Date(upTo), action } };
  if (action !== undefined) throw new Refusal("invalid", "action goes with upTo: leave it out, the ids say it all");
  return { state, about: { ids: ids ?? [] } };
}

const show = (connectionId: string, record: ApprovalRecord): Approval => ({
  id: record.id,
  connectionId,
  userId: record.userId,
  userName: record.userName,
  displayName: record.displayName,
  action: record.action,
  changes: record.changes,
  state: record.state,
  askedAt: record.askedAt.toISOString(),
  decidedBy: record.decidedBy,
  decidedAt: isoOrNull(record.decidedAt),
});
