import { HeldPersonPage, Hold, HoldPage, HoldQuery } from "./holds.ts";
import type { Operation } from "./operation.ts";
import { connectionParams, holdParams } from "./operation-params.ts";
import { PageQuery } from "./page.ts";

/** What the guard holds back, and the decision about it. */
export const holdOperations = {
  listHolds: {
    id: "listHolds",
    tag: "holds",
    method: "get",
    path: "/api/v1/connections/{connectionId}/holds",
    summary: "List the removals that the guard held, by cause, newest first",
    params: connectionParams,
    query: HoldQuery,
    success: { status: 200, schema: HoldPage },
  },
  listHeldPeople: {
    id: "listHeldPeople",
    tag: "holds",
    method: "get",
    path: "/api/v1/connections/{connectionId}/holds/{holdId}/people",
    summary: "List whose removal a hold keeps back",
    params: holdParams,
    query: PageQuery,
    success: { status: 200, schema: HeldPersonPage },
  },
  approveHold: {
    id: "approveHold",
    tag: "holds",
    method: "post",
    path: "/api/v1/connections/{connectionId}/holds/{holdId}/approve",
    summary: "Let the removals of a hold go out",
    params: holdParams,
    success: { status: 200, schema: Hold },
  },
  rejectHold: {
    id: "rejectHold",
    tag: "holds",
    method: "post",
    path: "/api/v1/connections/{connectionId}/holds/{holdId}/reject",
    summary: "Keep the access of everybody in a hold until what decides about it changes",
    params: holdParams,
    success: { status: 200, schema: Hold },
  },
} as const satisfies Record<string, Operation>;
