import {
  Comparison,
  ComparisonPage,
  ComparisonStarted,
  FindingPage,
  FindingQuery,
  StartComparisonRequest,
} from "./comparisons.ts";
import { Conflict, ConflictPage, ConflictQuery, DecideConflictRequest } from "./conflicts.ts";
import type { Operation } from "./operation.ts";
import { comparisonParams, conflictParams, connectionParams } from "./operation-params.ts";
import { PageQuery } from "./page.ts";

/** Whose account it is, and what the app really holds. */
export const comparisonOperations = {
  listConflicts: {
    id: "listConflicts",
    tag: "accounts",
    method: "get",
    path: "/api/v1/connections/{connectionId}/conflicts",
    summary: "List people whose account in the app somebody has to decide about",
    params: connectionParams,
    query: ConflictQuery,
    success: { status: 200, schema: ConflictPage },
  },
  decideConflict: {
    id: "decideConflict",
    tag: "accounts",
    method: "post",
    path: "/api/v1/connections/{connectionId}/conflicts/{userId}/decide",
    summary: "Decide whose an account of the app is",
    params: conflictParams,
    body: DecideConflictRequest,
    success: { status: 200, schema: Conflict },
  },
  startComparison: {
    id: "startComparison",
    tag: "comparisons",
    method: "post",
    path: "/api/v1/connections/{connectionId}/comparisons",
    summary: "Compare the app with what it should hold",
    params: connectionParams,
    body: StartComparisonRequest,
    bodyOptional: true,
    success: { status: 202, schema: ComparisonStarted },
  },
  listComparisons: {
    id: "listComparisons",
    tag: "comparisons",
    method: "get",
    path: "/api/v1/connections/{connectionId}/comparisons",
    summary: "List a connection's comparisons, the newest first",
    params: connectionParams,
    query: PageQuery,
    success: { status: 200, schema: ComparisonPage },
  },
  getComparison: {
    id: "getComparison",
    tag: "comparisons",
    method: "get",
    path: "/api/v1/connections/{connectionId}/comparisons/{comparisonId}",
    summary: "Read how far a comparison is and what it counted",
    params: comparisonParams,
    success: { status: 200, schema: Comparison },
  },
  listFindings: {
    id: "listFindings",
    tag: "comparisons",
    method: "get",
    path: "/api/v1/connections/{connectionId}/comparisons/{comparisonId}/findings",
    summary: "List what a comparison found",
    params: comparisonParams,
    query: FindingQuery,
    success: { status: 200, schema: FindingPage },
  },
} as const satisfies Record<string, Operation>;
