import type { Operation } from "./operation.ts";
import { connectionParams } from "./operation-params.ts";
import { PlanOfEdit } from "./plans.ts";
import { PolicyVersionEntry } from "./policy-versions.ts";
import { PutRolloutPeopleRequest, Rollout, RolloutState, StartRolloutRequest } from "./rollouts.ts";

/** Edits that apply to chosen people first. */
export const rolloutOperations = {
  getRollout: {
    id: "getRollout",
    tag: "plans",
    method: "get",
    path: "/api/v1/connections/{connectionId}/rollout",
    summary: "Read which edit is tried out on some people of a connection, and on whom",
    params: connectionParams,
    success: { status: 200, schema: RolloutState },
  },
  startRollout: {
    id: "startRollout",
    tag: "plans",
    method: "post",
    path: "/api/v1/connections/{connectionId}/rollout",
    summary: "Try an edit of assignments, rules or mapping out on some people first",
    params: connectionParams,
    body: StartRolloutRequest,
    success: { status: 201, schema: Rollout },
  },
  putRolloutPeople: {
    id: "putRolloutPeople",
    tag: "plans",
    method: "put",
    path: "/api/v1/connections/{connectionId}/rollout/people",
    summary: "Replace on whom an edit is tried out",
    params: connectionParams,
    body: PutRolloutPeopleRequest,
    success: { status: 200, schema: Rollout },
  },
  planRollout: {
    id: "planRollout",
    tag: "plans",
    method: "post",
    path: "/api/v1/connections/{connectionId}/rollout/plan",
    summary: "Ask what would change for everybody if the edit that is tried out were promoted; a worker computes it",
    params: connectionParams,
    success: { status: 202, schema: PlanOfEdit },
  },
  promoteRollout: {
    id: "promoteRollout",
    tag: "plans",
    method: "post",
    path: "/api/v1/connections/{connectionId}/rollout/promote",
    summary: "Save the edit that is tried out for everybody, as a new version",
    params: connectionParams,
    success: { status: 200, schema: PolicyVersionEntry },
  },
  dropRollout: {
    id: "dropRollout",
    tag: "plans",
    method: "post",
    path: "/api/v1/connections/{connectionId}/rollout/drop",
    summary: "Drop the edit that is tried out; those it applied to are as everybody else again",
    params: connectionParams,
    success: { status: 200, schema: PolicyVersionEntry },
  },
} as const satisfies Record<string, Operation>;
