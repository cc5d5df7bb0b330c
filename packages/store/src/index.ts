export type { Candidates, WorkedAccount } from "./account-actions.ts";
export {
  countCandidates,
  findPersonNamed,
  isPersonHere,
  markFirst,
  pageCandidates,
  readAccounts,
  redriveAccounts,
  retryAccount,
  seeWork,
} from "./account-actions.ts";
export type { AccountCounts, AccountView } from "./account-views.ts";
export { countAccounts, hasLinkedAccounts, listAccounts, retryAccounts } from "./account-views.ts";
export type { AccountOutcome, AttemptEntry, LaneRef, RemovalEntry } from "./accounts.ts";
export {
  distrustAccounts,
  hastenAccounts,
  moveLink,
  type NextDue,
  nextDue,
  recordOutcomes,
  takeOverAccounts,
} from "./accounts.ts";
export { type PeopleQuery, pageGroups, pageUsers } from "./admin-lists.ts";
export type { AppGrant } from "./app-grants.ts";
export { askGrant, claimGrant, deleteGrant, endGrantTurn, getGrant, giveGrant, takeGrant } from "./app-grants.ts";
export type { AppMappingVersion } from "./app-mapping-versions.ts";
export {
  getAppMappingVersion,
  insertAppMappingVersion,
  listAppMappingVersions,
  lockAppMapping,
} from "./app-mapping-versions.ts";
export type { ApprovalAction, ApprovalState, AskedChange } from "./approval-tables.ts";
export { listOverdueApprovals, noteApprovals } from "./approval-watch.ts";
export type { ApprovalCounts, ApprovalRecord, AskedStep, StoredApproval } from "./approvals.ts";
export {
  countApprovals,
  decideApprovals,
  getApprovals,
  listApprovals,
  listAskedUpTo,
  recordApprovals,
} from "./approvals.ts";
export type { AttemptDetail, AttemptFilter, AttemptView } from "./attempts.ts";
export { getAttempt, insertAttempts, listAttempts, listAttemptsWhole, purgeAttempts } from "./attempts.ts";
export type { Actor } from "./audit.ts";
export { insertAudit, insertWorkspaceAudit, listAudit } from "./audit.ts";
export type { GroupBinding, RuleRecord, RuleView } from "./bindings.ts";
export { findGroups, listAssignments, listRules, replaceAssignments, replaceRules } from "./bindings.ts";
export type { BrandingRecord, Logo, LogoType } from "./branding.ts";
export { mayFrame, putBranding, readBranding } from "./branding.ts";
export { type CertificateEnd, pageCertificatesNearEnd, setCertificateEnd } from "./certificate-ends.ts";
export { type ClaimedAccount, claimAccounts } from "./claim-accounts.ts";
export { claimMembers } from "./claim-members.ts";
export type { ComparedAccount, ComparisonKey, ComparisonStep } from "./comparison-steps.ts";
export {
  advanceComparison,
  doubtAccounts,
  findCompared,
  findUnmet,
  insertFindings,
  meetAccounts,
} from "./comparison-steps.ts";
export type { ComparisonRecord, FindingAttribute, FindingRecord } from "./comparisons.ts";
export {
  getComparison,
  getRunningComparison,
  listComparisons,
  listDueComparisons,
  listFindings,
  scheduleComparison,
  startComparison,
} from "./comparisons.ts";
export type { Candidate, ConflictRecord, FoundConflict, StoredDecision } from "./conflicts.ts";
export {
  decideConflict,
  findLinkedToOthers,
  getConflict,
  getDecisions,
  listConflicts,
  lockConflict,
  recordConflicts,
} from "./conflicts.ts";
export type { HealthRecord } from "./connection-health.ts";
export { readConnectionHealth } from "./connection-health.ts";
export type { ConnectionChange, ConnectionRecord, NewConnection } from "./connections.ts";
export { getConnection, insertConnection, learnRate, listConnections, updateConnection } from "./connections.ts";
export { countMembersUpTo } from "./count-members.ts";
export type { ApiKeyRecord, UsedCredentials } from "./credentials.ts";
export {
  ensureApiKey,
  findApiKey,
  insertFirstApiKey,
  raiseCredentialEpoch,
  readCredentialEpoch,
  touchCredentials,
} from "./credentials.ts";
export type { Database, DatabaseSettings, Statements, TenantsTx, Tx } from "./database.ts";
export {
  allOrNone,
  inTenant,
  inTenants,
  inTrace,
  inWorkspace,
  isContention,
  openDatabase,
  StoreUnavailable,
  violatedConstraint,
} from "./database.ts";
export type { ConnectionPolicy, PersonInput, Rival } from "./desired-inputs.ts";
export { getPeople, getPolicy, getRivals } from "./desired-inputs.ts";
export type { DataKey, DirectoryChange, DirectoryGate, DirectoryRecord, DirectorySettings } from "./directories.ts";
export {
  getDataKey,
  getDirectorySettings,
  insertDataKey,
  insertDirectory,
  listDirectories,
  lockDirectory,
  updateDirectory,
} from "./directories.ts";
export type { DirectorySilence } from "./directory-rhythms.ts";
export { learnRhythms, listSilences, noteSilence } from "./directory-rhythms.ts";
export type { DirectoryTokenRecord, DirectoryTokenView } from "./directory-tokens.ts";
export {
  countLiveTokens,
  expireDirectoryToken,
  findDirectoryToken,
  insertDirectoryToken,
  listDirectoryTokens,
  revokeDirectoryToken,
  suspendDirectoryTokens,
} from "./directory-tokens.ts";
export type { EventStream } from "./event-streams.ts";
export {
  enableEventStreams,
  getEventStream,
  listEventTenants,
  putEventStream,
  settleStreams,
} from "./event-streams.ts";
export type { DeliveryOutcome, WebhookState } from "./event-tables.ts";
export type { EventFilter, EventPage, EventPosition, EventReading, EventRecord } from "./events.ts";
export { getEvent, purgeEvents, readEvents } from "./events.ts";
export { nextToJudge, noteLosses } from "./expansion-losses.ts";
export type { Expansion } from "./expansions.ts";
export {
  bindWaiting,
  countUnexpanded,
  expandChunk,
  expandConnections,
  nextExpansion,
  setBarrier,
} from "./expansions.ts";
export { getGroupNames, getManualRoles } from "./expression-inputs.ts";
export { isExtensionUsed, setExtensions } from "./extensions.ts";
export { listGateGroups, openGate } from "./gate.ts";
export type { GroupFacts } from "./group-facts.ts";
export { getGroupFacts } from "./group-facts.ts";
export type { GroupRecord } from "./groups.ts";
export { bindGroup, deleteGroup, getGroup, insertGroup, lockGroup, updateGroup } from "./groups.ts";
export type { GroupReference } from "./groups-of-user.ts";
export { listGroupsOfUsers } from "./groups-of-user.ts";
export type { HeldCounts, WaitsFor } from "./held-accounts.ts";
export { countHeld } from "./held-accounts.ts";
export type { Holder, Role } from "./holders.ts";
export type { HeldPerson, HoldRecord } from "./holds.ts";
export { decideHold, expireHolds, getHold, listHeldPeople, listHolds, listLanesWithExpiredHolds } from "./holds.ts";
export type { Cost } from "./holds-judge.ts";
export { costOfExpansion, holdExpansion, passExpansion } from "./holds-judge.ts";
export type { RemovalHold } from "./holds-of-people.ts";
export { leaveHold } from "./holds-of-people.ts";
export type { RemovalCause } from "./holds-open.ts";
export { closeCause, isCauseOpen, openCause } from "./holds-open.ts";
export type { InsertedUser, NewUser } from "./insert-users.ts";
export { insertUsers, insertUsersOfTenants } from "./insert-users.ts";
export type { LaneAlarm, WatchLimits } from "./lane-watch.ts";
export { countLateRemovals, listLaneAlarms, noteLaneAlarms } from "./lane-watch.ts";
export type { LaneHealth, LaneHold, LaneKey, LaneLease, LaneRelease, LaneView, WebhookLane } from "./lanes.ts";
export {
  absorbOwnMarks,
  claimLane,
  findLaneTenant,
  findPausedLanes,
  insertLane,
  lockLane,
  pauseLane,
  releaseLane,
  renewLane,
  suspendLanes,
  sweepLanes,
  sweepWebhookLanes,
  unholdLane,
  viewLane,
} from "./lanes.ts";
export type { Member } from "./list-members.ts";
export { listMembers, pageMembers, pageParkedMembers } from "./list-members.ts";
export type { ListedResources, ResourcesRequest } from "./list-resources.ts";
export { listResources } from "./list-resources.ts";
export type { ListRequest, NextPlace } from "./list-types.ts";
export { lockPeople } from "./lock-people.ts";
export type { BatchProtection, Lockout, ProtectedPerson } from "./lockouts.ts";
export {
  listProtectedPeople,
  lookAgainAtLockouts,
  readProtection,
  recordLockouts,
  replaceProtectedPeople,
} from "./lockouts.ts";
export type { ManualRoleRecord } from "./manual-roles.ts";
export { listManualRoles, replaceManualRoles } from "./manual-roles.ts";
export type { StoredMapping } from "./mappings.ts";
export { getAppMapping, getMapping, putAppMapping, putMapping, takeAppMapping } from "./mappings.ts";
export type { MemberOutcome } from "./members.ts";
export { changeMembers } from "./members.ts";
export { migrateDatabase } from "./migrate.ts";
export { namePattern } from "./name-patterns.ts";
export type { NestingChange } from "./nesting.ts";
export { changeNesting, lockNesting } from "./nesting.ts";
export { noteTwins } from "./note-twins.ts";
export type { NoticeRecord, TokenNearEnd } from "./notices.ts";
export { deleteNotices, findTokensNearEnd, insertNotice, listNotices, listTenantsWithEndingTokens } from "./notices.ts";
export type { OffboardingRecord } from "./offboarding.ts";
export { listOffboarding } from "./offboarding.ts";
export type { UserLookUp } from "./people-lists.ts";
export { listGroups, listUsers, userLookUp } from "./people-lists.ts";
export type {
  ChangeDetail,
  ChangeKind,
  EditPlan,
  PlanState,
  StoredEdit,
} from "./plan-tables.ts";
export type { PlanEnd, PlanKey, PlanningTurn, PlanRecord } from "./plans.ts";
export { beginPlan, claimPlanning, finishPlan, getPlan, insertPlan, listPlans, notePlanProgress } from "./plans.ts";
export type { PolicyVersion } from "./policy-versions.ts";
export {
  getPolicyVersion,
  getVersionBefore,
  insertPolicyVersion,
  listPolicyVersions,
  lockPolicy,
} from "./policy-versions.ts";
export type { NewPortalLink, PortalLinkRecord, PortalLinkView, PortalRights } from "./portal-links.ts";
export {
  failPortalLink,
  findPortalLink,
  findPortalPlace,
  insertPortalLink,
  listPortalLinks,
  revokePortalLink,
  revokePortalLinks,
  usePortalLink,
} from "./portal-links.ts";
export type { LearnedEvidence, LearnedProfile, LearnedSettings, ProbeStep } from "./probe-tables.ts";
export {
  beginProbe,
  claimProbing,
  deleteProbeObject,
  finishProbe,
  getProbe,
  insertProbe,
  insertProbeObject,
  listProbeObjects,
  listProbes,
  nameProbeObject,
  noteProbe,
  type ProbeEnd,
  type ProbeObject,
  type ProbeRecord,
  type ProbeTurn,
  type ProbingTurn,
} from "./probes.ts";
export { purgeHistory } from "./purge-history.ts";
export type { DirectoryKey } from "./purge-tombstones.ts";
export { listKnownDirectories, purgeTombstones } from "./purge-tombstones.ts";
export type { LookedUp, ReadBatch, UserKey } from "./read-users.ts";
export { lookUpUsersOfTenants, readUsersOfTenants } from "./read-users.ts";
export { refuseOtherKey } from "./refuse-other-key.ts";
export { refusePooler } from "./refuse-pooler.ts";
export type { GroupsMode, GroupsOnLeave } from "./remote-group-tables.ts";
export type { RemoteGroupView, RemoteMemberFilter, RemoteMemberView } from "./remote-group-views.ts";
export {
  countRemoteGroups,
  hasRemoteGroup,
  listRemoteGroups,
  listRemoteMembers,
  retryRemoteGroup,
} from "./remote-group-views.ts";
export type {
  ClaimedGroup,
  ClaimedGroups,
  GroupCandidate,
  GroupOutcome,
  GroupPolicy,
} from "./remote-groups.ts";
export {
  claimGroups,
  distrustGroups,
  findGroupsLinkedToOthers,
  learnMemberLimit,
  recordGroup,
} from "./remote-groups.ts";
export type { PendingMembers } from "./remote-members.ts";
export {
  countLinkedPeople,
  countPending,
  holdGroupMembers,
  listWholeGroup,
  observeMembers,
  recordMembers,
  refreshMembers,
  resetMembers,
  takeMembers,
} from "./remote-members.ts";
export type { RemovalFacts, RemovalRecord, RemovalSummary } from "./removals.ts";
export { findRemoval, listRemovals, summariseRemovals } from "./removals.ts";
export type { DialectSummary, NewRequest, RequestFilter, RequestRecord } from "./requests.ts";
export {
  getRequest,
  insertRequests,
  listRequests,
  purgeRequests,
  summariseDialects,
} from "./requests.ts";
export { abandonComparison, doubtDueAccounts, doubtPageOfAccounts, pageLanes } from "./restored.ts";
export type { Absentee } from "./return-user.ts";
export { lockAbsentee, returnUser } from "./return-user.ts";
export type { RolloutPolicy } from "./rollout-tables.ts";
export type { RolloutBinding, RolloutPeople, RolloutRecord } from "./rollouts.ts";
export { deleteRollout, getRollout, insertRollout, listRolloutPeople, putRolloutPeople } from "./rollouts.ts";
export { dumpSchema } from "./schema-dump.ts";
export type { PersonBinding } from "./scope-people.ts";
export { bindPeople, findPeople, judgesAttributes, listScopePeople, replaceScopePeople } from "./scope-people.ts";
export type { ManualRoles, StoredDate, StoredScope } from "./scope-tables.ts";
export type { FreeSeats, SeatCounts, WaitingPerson, WaitKey } from "./seats.ts";
export { admitWaiting, countSeats, listWaiting, readFreeSeats } from "./seats.ts";
export type { SessionRecord } from "./sessions.ts";
export { findSession, insertSession, noteSession, revokeSession } from "./sessions.ts";
export type { SignInRecord } from "./sign-ins.ts";
export { insertSignIn, useSignIn } from "./sign-ins.ts";
export type { SnapshotOutcome, SnapshotPart } from "./snapshot.ts";
export { readSnapshot } from "./snapshot.ts";
export type {
  AccountState,
  Adoption,
  AuthScheme,
  ComparisonPolicy,
  ConflictDecision,
  ConnectionState,
  FindingKind,
  GateState,
  HoldState,
  MatchAttribute,
  MemberMatching,
  MinuteCount,
  OnLeave,
  Precedence,
  RemovalAction,
  RemovalConfirmation,
  TenantId,
  TlsFacts,
  TokenKind,
  UpdateMethod,
  WorkspaceId,
} from "./tables.ts";
export type { TimelineRecord } from "./timeline.ts";
export { listTimeline } from "./timeline.ts";
export type { AttemptExchange } from "./trace-tables.ts";
export type { Settled, UndoChange, UndoChunk, UndoCount, UndoItem, UndoItemState, UndoPlace } from "./undo-items.ts";
export {
  countUndoItems,
  findUndoLeavers,
  listUndoItems,
  nextUndoChunk,
  settleUndoItems,
  UNDO_STEPS,
} from "./undo-items.ts";
export type { PreviewPlace } from "./undo-preview.ts";
export { previewUndo } from "./undo-preview.ts";
export { returnGroup, returnPeople } from "./undo-returns.ts";
export type { UndoKey, UndoMode, UndoRecord, UndoState } from "./undos.ts";
export {
  beginApplying,
  claimUndos,
  endUndoTurn,
  getHistoryRange,
  getUndo,
  holdUndoPreview,
  insertUndo,
  keepUndoTurn,
  listUndos,
  lockUndo,
  takeUpUndo,
} from "./undos.ts";
export type { UpdatedUsers, UserChange } from "./update-users.ts";
export { updateUsers } from "./update-users.ts";
export type { FoundUser, Marked, UserRecord } from "./users.ts";
export { deleteUser, getUser, lockFreeUsers, lockUser } from "./users.ts";
export type { DeliveryView, RedeliveryWish } from "./webhook-deliveries.ts";
export { askWebhookTest, listDeliveries, purgeDeliveries, redeliverEvents } from "./webhook-deliveries.ts";
export type { NewDelivery, Redelivery, WebhookLaneState } from "./webhook-lanes.ts";
export {
  deleteWebhookLanes,
  disableWebhookLanes,
  getWebhookLane,
  lockWorkspace,
  moveWebhookLane,
  nextRedelivery,
  noteWebhookSuccess,
  openWebhookLanes,
  recordDelivery,
  startWebhookLanes,
} from "./webhook-lanes.ts";
export type { WebhookChange, WebhookRecord, WebhookSecrets } from "./webhooks.ts";
export {
  deleteWebhook,
  getWebhookSecrets,
  insertWebhook,
  listWebhookNames,
  listWebhooks,
  rotateWebhookSecret,
  updateWebhook,
} from "./webhooks.ts";
export type { Admission, Identity, MemberState, MemberView } from "./workspace-members.ts";
export {
  admitWorkspaceMember,
  changeWorkspaceMember,
  findAdmission,
  insertWorkspaceMember,
  listWorkspaceMembers,
  lockWorkspaceMember,
  memberEmail,
} from "./workspace-members.ts";
export type { AppRecord, TenantRecord } from "./workspaces.ts";
export { ensureWorkspace, insertApp, insertTenant, listApps, listTenants, updateTenant } from "./workspaces.ts";
export type { DigestUses, WrappedKey } from "./wrapped-keys.ts";
export {
  countDigestsUnder,
  pageKeyedTenants,
  pageWorkspaces,
  replaceTenantKey,
  replaceWebhookKey,
  tenantKeysNotUnder,
  webhookKeysNotUnder,
} from "./wrapped-keys.ts";
