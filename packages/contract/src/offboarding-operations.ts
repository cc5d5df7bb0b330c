import {
  Offboarding,
  Receipt,
  ReceiptQuery,
  RemovalPage,
  RemovalQuery,
  RemovalSummary,
  RemovalSummaryQuery,
} from "./offboarding.ts";
import type { Operation } from "./operation.ts";
import { conflictParams, personParams, tenantParams } from "./operation-params.ts";

/** Proof that people who left are out. */
export const offboardingOperations = {
  getOffboarding: {
    id: "getOffboarding",
    tag: "offboarding",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/users/{userId}/offboarding",
    summary: "Read how far a person is out of every app",
    params: personParams,
    success: { status: 200, schema: Offboarding },
  },
  getReceipt: {
    id: "getReceipt",
    tag: "offboarding",
    method: "get",
    path: "/api/v1/connections/{connectionId}/accounts/{userId}/receipt",
    summary: "Get the signed receipt of an account's newest removal, or of one by its id",
    params: conflictParams,
    query: ReceiptQuery,
    success: { status: 200, schema: Receipt },
  },
  listRemovals: {
    id: "listRemovals",
    tag: "offboarding",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/removals",
    summary: "List the removals of a time, the newest first; without a time the last 30 days",
    params: tenantParams,
    query: RemovalQuery,
    success: { status: 200, schema: RemovalPage },
  },
  getRemovalSummary: {
    id: "getRemovalSummary",
    tag: "offboarding",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/removals/summary",
    summary: "Read how long the removals of a time took, and how many were over the bound",
    params: tenantParams,
    query: RemovalSummaryQuery,
    success: { status: 200, schema: RemovalSummary },
  },
} as const satisfies Record<string, Operation>;
