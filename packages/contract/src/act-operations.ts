import { AccountView } from "./accounts.ts";
import {
  OpenGateRequest,
  Plan,
  PlanRequest,
  ProvisionReport,
  ProvisionRequest,
  RedriveRequest,
  RedriveResult,
  TimelinePage,
} from "./act.ts";
import { Connection } from "./connections.ts";
import type { Operation } from "./operation.ts";
import { accountParams, connectionParams, personParams } from "./operation-params.ts";
import { PageQuery } from "./page.ts";
import { Why } from "./why.ts";

/** What became of somebody, and doing something about it. */
export const actOperations = {
  getAccountTimeline: {
    id: "getAccountTimeline",
    tag: "accounts",
    method: "get",
    path: "/api/v1/connections/{connectionId}/accounts/{userId}/timeline",
    summary: "List what was accepted, held, in conflict and attempted about an account, newest first",
    params: accountParams,
    query: PageQuery,
    success: { status: 200, schema: TimelinePage },
  },
  getPersonTimeline: {
    id: "getPersonTimeline",
    tag: "people",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/users/{userId}/timeline",
    summary: "List what was accepted, held, in conflict and attempted about a person in every connection, newest first",
    params: personParams,
    query: PageQuery,
    success: { status: 200, schema: TimelinePage },
  },
  retryAccount: {
    id: "retryAccount",
    tag: "accounts",
    method: "post",
    path: "/api/v1/connections/{connectionId}/accounts/{userId}/retry",
    summary: "Try one account again now",
    params: accountParams,
    success: { status: 200, schema: AccountView },
  },
  whyPerson: {
    id: "whyPerson",
    tag: "accounts",
    method: "get",
    path: "/api/v1/connections/{connectionId}/people/{userId}/why",
    summary: "Say why a person has an account and roles in this connection, or has not",
    params: accountParams,
    success: { status: 200, schema: Why },
  },
  provisionPerson: {
    id: "provisionPerson",
    tag: "accounts",
    method: "post",
    path: "/api/v1/connections/{connectionId}/accounts/{userId}/provision",
    summary: "Provision one person now and report every step",
    params: accountParams,
    body: ProvisionRequest,
    bodyOptional: true,
    success: { status: 200, schema: ProvisionReport },
  },
  redriveConnection: {
    id: "redriveConnection",
    tag: "accounts",
    method: "post",
    path: "/api/v1/connections/{connectionId}/redrive",
    summary: "Make what failed since a time due now, by kind of failure",
    params: connectionParams,
    body: RedriveRequest,
    success: { status: 200, schema: RedriveResult },
  },
  planConnection: {
    id: "planConnection",
    tag: "connections",
    method: "post",
    path: "/api/v1/connections/{connectionId}/plan",
    summary: "Say what would be done to whom, without sending or storing anything",
    params: connectionParams,
    body: PlanRequest,
    bodyOptional: true,
    success: { status: 200, schema: Plan },
  },
  openGate: {
    id: "openGate",
    tag: "connections",
    method: "post",
    path: "/api/v1/connections/{connectionId}/gate/open",
    summary: "Open the gate of a connection that was made closed, for some groups or for everybody",
    params: connectionParams,
    body: OpenGateRequest,
    bodyOptional: true,
    success: { status: 200, schema: Connection },
  },
} as const satisfies Record<string, Operation>;
