export { openGate, readTimeline, redriveConnection, retryAccount } from "./act.ts";
export {
  appMappingChanges,
  readAppMappingVersion,
  readAppMappingVersions,
  restoreAppMappingVersion,
} from "./app-mapping-history.ts";
export { remindOfApprovals } from "./approval-notices.ts";
export type { ApprovalDecision } from "./approvals.ts";
export { decideApprovals, readApprovalList } from "./approvals.ts";
export type { Assignments, AssignmentsInput } from "./assignments.ts";
export { getAssignments } from "./assignments.ts";
export type { BoundGroup, GroupName } from "./bind-groups.ts";
export { beginComparison, requireComparison } from "./comparisons.ts";
export { decideConflict } from "./conflicts.ts";
export { openConnector } from "./connection-secret.ts";
export type { AdoptionRule, ConnectionSettings, GroupSettings } from "./connection-settings.ts";
export { toSettings } from "./connection-settings.ts";
export type { ConnectionStatus } from "./connection-status.ts";
export { connectionStatus } from "./connection-status.ts";
export type { ConnectionTarget } from "./connection-target.ts";
export type { ConnectionEdit, NewConnectionInput, Owner } from "./connections.ts";
export {
  createConnection,
  editConnection,
  pauseConnection,
  requireConnection,
  retryConnection,
} from "./connections.ts";
export { beginConsent, finishConsent, readConsent, tenantOfState } from "./consent.ts";
export type { ConnectionCredentialsDeps } from "./credentials-deps.ts";
export { drainLane } from "./drain-lane.ts";
export { drainWebhook, type WebhookDeps } from "./drain-webhook.ts";
export { decodeCursor, encodeCursor } from "./event-cursor.ts";
export { type EventView, viewEvent } from "./event-view.ts";
export { changeEventStream, eventStreamOf, readEventPage, takeSnapshot } from "./events.ts";
export { createExchangeBudget, type ExchangeBudget } from "./exchange-budget.ts";
export { expireOldHolds, readHeldPeople, readHolds, settleHold } from "./holds.ts";
export type { BatchReport, DrainDeps, LaneTiming } from "./lane.ts";
export { listConnectors } from "./list-connectors.ts";
export { getLockoutGuard, putLockoutGuard } from "./lockout-settings.ts";
export { getManualRoles, putManualRoles } from "./manual-roles.ts";
export type { MappingOutcome, MappingView } from "./mappings.ts";
export { getAppMapping, getMapping, putAppMapping } from "./mappings.ts";
export { noteCertificateEnds } from "./note-certificates.ts";
export {
  type OffboardingLine,
  type OffboardingState,
  readOffboarding,
  readReceipt,
  receiptClaims,
} from "./offboarding.ts";
export { planConnection } from "./plan-connection.ts";
export { computePlan, planRollout, requestPlan, requirePlan } from "./plans.ts";
export type { PolicyEdit } from "./policy-edit.ts";
export { readStoredEdit } from "./policy-edit.ts";
export { changesBetween, type JsonChange, requireVersion, restoreVersion } from "./policy-history.ts";
export { createPolicyPreparer } from "./policy-preparer.ts";
export { type Preview as PersonPreview, previewPerson } from "./preview-person.ts";
export { type ProbeWorkDeps, requestProbe, requireProbe, runProbe } from "./probes.ts";
export { type ProvisionReport, provisionPerson } from "./provision-person.ts";
export { putAssignments, putMapping, putRules } from "./put-policy.ts";
export { readRemoteGroups, readRemoteMembers, retryGroup } from "./remote-groups.ts";
export { rewrapKeys } from "./rewrap-keys.ts";
export type { RoleSettings, RuleInput, Rules, RulesInput } from "./role-rules.ts";
export { getRules } from "./role-rules.ts";
export type { RolloutWhom } from "./rollout-whom.ts";
export {
  dropRollout,
  promoteRollout,
  putRolloutWhom,
  type Rollout,
  readRollout,
  startRollout,
} from "./rollouts.ts";
export { readWaitlist } from "./waitlist.ts";
export type { NewWebhook } from "./webhooks.ts";
export {
  createWebhook,
  editWebhook,
  redeliver,
  removeWebhook,
  requireWebhook,
  rotateSecret,
  tenantWebhook,
  testWebhook,
  webhookDeliveries,
} from "./webhooks.ts";
export { type Why, whyPerson } from "./why-person.ts";
