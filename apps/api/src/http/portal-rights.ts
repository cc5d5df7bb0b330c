import type { OperationId } from "@muster/contract";
import type { PortalRights } from "@muster/store";

// Whoever came by a tenant's link may do what stands here and nothing else: a new operation is for keys until it is added.

const LOOK_AT_DIRECTORY: readonly OperationId[] = [
  "getTenant",
  "listApps",
  "getApp",
  "listNotices",
  "listUsers",
  "getUser",
  "listGroups",
  "getGroup",
  "listGroupMembers",
  "listParkedMembers",
  "listDirectories",
  "getDirectory",
  "getExtensions",
  "listDirectoryTokens",
  "listRequests",
  "getRequest",
  "getDialects",
];

const CONNECT_DIRECTORY: readonly OperationId[] = [
  "createDirectory",
  "updateDirectory",
  "putExtensions",
  "createDirectoryToken",
  "revokeDirectoryToken",
  "createDirectoryClient",
];

const LOOK_AT_ACCESS: readonly OperationId[] = [
  "getConnectors",
  "listConnections",
  "getConnection",
  "getAssignments",
  "getRules",
  "getMapping",
  "getConnectionStatus",
  "watchConnectionStatus",
  "listAccounts",
  "listAttempts",
  "getAttempt",
  "getLockoutGuard",
  "getManualRoles",
  "listPlans",
  "getPlan",
  "listPolicyVersions",
  "getPolicyVersion",
  "getPolicyChanges",
  "getRollout",
  "listUndos",
  "getUndo",
  "listUndoItems",
  "listConflicts",
  "listComparisons",
  "getComparison",
  "listFindings",
  "listHolds",
  "listHeldPeople",
  "getAccountTimeline",
  "getPersonTimeline",
  "whyPerson",
  "getOffboarding",
  "getReceipt",
  "listRemovals",
  "getRemovalSummary",
  "listRemoteGroups",
  "listRemoteMembers",
  "listAudit",
  "getEventStream",
  "readEvents",
  "listWaitlist",
  "listApprovals",
  "listProbes",
  "getProbe",
];

/** Not among these: where an app is and what opens it, whom it protects, and what the app owner is told. */
const DECIDE_ACCESS: readonly OperationId[] = [
  "putAssignments",
  "putRules",
  "putMapping",
  "putManualRoles",
  "previewPerson",
  "requestPlan",
  "planConnection",
  "restorePolicyVersion",
  "startRollout",
  "putRolloutPeople",
  "planRollout",
  "promoteRollout",
  "dropRollout",
  "requestUndo",
  "applyUndo",
  "openGate",
  "pauseConnection",
  "resumeConnection",
  "retryConnection",
  "redriveConnection",
  "retryAccount",
  "provisionPerson",
  "retryRemoteGroup",
  "decideConflict",
  "decideApprovals",
  "startComparison",
  "approveHold",
  "rejectHold",
];

const GRANTED: Readonly<Record<PortalRights, ReadonlySet<string>>> = {
  setup: new Set([...LOOK_AT_DIRECTORY, ...CONNECT_DIRECTORY]),
  view: new Set([...LOOK_AT_DIRECTORY, ...LOOK_AT_ACCESS]),
  manage: new Set([...LOOK_AT_DIRECTORY, ...CONNECT_DIRECTORY, ...LOOK_AT_ACCESS, ...DECIDE_ACCESS]),
};

/** Tells whether a link with these rights opens an operation (D11, D12). */
export function mayByLink(rights: PortalRights, operationId: string): boolean {
  return GRANTED[rights].has(operationId);
}
