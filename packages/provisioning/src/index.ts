export { beginComparison, requireComparison } from "./comparisons.ts";
export { decideConflict } from "./conflicts.ts";
export type { Assignments, BoundGroup, GroupName, Rules } from "./connection-policy.ts";
export { getAssignments, getRules, putAssignments, putRules } from "./connection-policy.ts";
export type { OpenConnectorDeps } from "./connection-secret.ts";
export { openConnector } from "./connection-secret.ts";
export type { AdoptionRule, ConnectionSettings, GroupSettings } from "./connection-settings.ts";
export { toSettings } from "./connection-settings.ts";
export type { ConnectionStatus } from "./connection-status.ts";
export { connectionStatus } from "./connection-status.ts";
export type { ConnectionEdit, ConnectionTarget, NewConnectionInput, Owner } from "./connections.ts";
export {
  createConnection,
  editConnection,
  pauseConnection,
  requireConnection,
  retryConnection,
} from "./connections.ts";
export { drainLane } from "./drain-lane.ts";
export { expireOldHolds, readHeldPeople, readHolds, settleHold } from "./holds.ts";
export type { BatchReport, DrainDeps, LaneTiming } from "./lane.ts";
export { readRemoteGroups, readRemoteMembers, retryGroup } from "./remote-groups.ts";
