import type { Operation } from "./operation.ts";
import { connectionParams, planParams } from "./operation-params.ts";
import { PageQuery } from "./page.ts";
import { PlanOfEdit, PlanOfEditPage, RequestPlanRequest } from "./plans.ts";

/** What an edit would change, before anybody saves it. */
export const planOperations = {
  requestPlan: {
    id: "requestPlan",
    tag: "plans",
    method: "post",
    path: "/api/v1/connections/{connectionId}/plans",
    summary: "Ask what an edit of assignments or rules would change for everybody; a worker computes it",
    params: connectionParams,
    body: RequestPlanRequest,
    success: { status: 202, schema: PlanOfEdit },
  },
  listPlans: {
    id: "listPlans",
    tag: "plans",
    method: "get",
    path: "/api/v1/connections/{connectionId}/plans",
    summary: "List a connection's latest plans, the newest first",
    params: connectionParams,
    query: PageQuery,
    success: { status: 200, schema: PlanOfEditPage },
  },
  getPlan: {
    id: "getPlan",
    tag: "plans",
    method: "get",
    path: "/api/v1/connections/{connectionId}/plans/{planId}",
    summary: "Read how far a plan is and what would change",
    params: planParams,
    success: { status: 200, schema: PlanOfEdit },
  },
} as const satisfies Record<string, Operation>;
