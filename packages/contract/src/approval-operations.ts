import { ApprovalPage, ApprovalQuery, DecideApprovalsRequest, DecideApprovalsResult } from "./approvals.ts";
import type { Operation } from "./operation.ts";
import { connectionParams } from "./operation-params.ts";

/** Steps that wait for somebody's word. */
export const approvalOperations = {
  listApprovals: {
    id: "listApprovals",
    tag: "connections",
    method: "get",
    path: "/api/v1/connections/{connectionId}/approvals",
    summary: "List the steps that wait for approval, oldest first, with names and what would change",
    params: connectionParams,
    query: ApprovalQuery,
    success: { status: 200, schema: ApprovalPage },
  },
  decideApprovals: {
    id: "decideApprovals",
    tag: "connections",
    method: "post",
    path: "/api/v1/connections/{connectionId}/approvals",
    summary: "Approve or reject steps: one, many, or all that had been asked by a moment",
    params: connectionParams,
    body: DecideApprovalsRequest,
    success: { status: 200, schema: DecideApprovalsResult },
  },
} as const satisfies Record<string, Operation>;
