import type { Operation } from "./operation.ts";
import { connectionParams, planParams, versionParams } from "./operation-params.ts";
import { PageQuery } from "./page.ts";
import { PlanOfEdit, PlanOfEditPage, RequestPlanRequest } from "./plans.ts";
import {
  ChangesQuery,
  PolicyChanges,
  PolicyVersion,
  PolicyVersionEntry,
  PolicyVersionPage,
} from "./policy-versions.ts";

/** What an edit would change, before anybody saves it; and what was saved, version by version. */
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
  listPolicyVersions: {
    id: "listPolicyVersions",
    tag: "plans",
    method: "get",
    path: "/api/v1/connections/{connectionId}/versions",
    summary: "List the versions of a connection's assignments, rules and mapping, the newest first",
    params: connectionParams,
    query: PageQuery,
    success: { status: 200, schema: PolicyVersionPage },
  },
  getPolicyVersion: {
    id: "getPolicyVersion",
    tag: "plans",
    method: "get",
    path: "/api/v1/connections/{connectionId}/versions/{versionId}",
    summary: "Read what decided a connection's accounts in a version",
    params: versionParams,
    success: { status: 200, schema: PolicyVersion },
  },
  getPolicyChanges: {
    id: "getPolicyChanges",
    tag: "plans",
    method: "get",
    path: "/api/v1/connections/{connectionId}/versions/{versionId}/changes",
    summary: "List what differs between a version and an earlier one",
    params: versionParams,
    query: ChangesQuery,
    success: { status: 200, schema: PolicyChanges },
  },
  restorePolicyVersion: {
    id: "restorePolicyVersion",
    tag: "plans",
    method: "post",
    path: "/api/v1/connections/{connectionId}/versions/{versionId}/restore",
    summary: "Save an earlier version again, as a new one",
    params: versionParams,
    success: { status: 200, schema: PolicyVersionEntry },
  },
} as const satisfies Record<string, Operation>;
