export type { AccountCounts, AccountView, AttemptView } from "./account-views.ts";
export { countAccounts, hasLinkedAccounts, listAccounts, listAttempts, retryAccounts } from "./account-views.ts";
export type { AccountOutcome, AttemptEntry, ClaimedAccount, LaneRef } from "./accounts.ts";
export { claimAccounts, distrustAccounts, nextDue, recordOutcomes, releaseLink, takeOverAccounts } from "./accounts.ts";
export type { Actor } from "./audit.ts";
export { insertAudit, insertWorkspaceAudit, listAudit } from "./audit.ts";
export type { ConnectionChange, ConnectionRecord, GroupBinding, NewConnection, RuleRecord } from "./connections.ts";
export {
  findGroups,
  getConnection,
  insertConnection,
  listAssignments,
  listConnections,
  listRules,
  replaceAssignments,
  replaceRules,
  updateConnection,
} from "./connections.ts";
export type { ApiKeyRecord, DirectoryTokenRecord, DirectoryTokenView } from "./credentials.ts";
export {
  countLiveTokens,
  ensureApiKey,
  findApiKey,
  findDirectoryToken,
  insertDirectoryToken,
  insertFirstApiKey,
  listDirectoryTokens,
  readCredentialEpoch,
  revokeDirectoryToken,
  touchCredentials,
} from "./credentials.ts";
export type { Database, DatabaseSettings, Statements, Tx } from "./database.ts";
export { inTenant, inWorkspace, openDatabase, StoreUnavailable, violatedConstraint } from "./database.ts";
export type { ConnectionPolicy, PersonInput, Rival } from "./desired-inputs.ts";
export { getPeople, getPolicy, getRivals } from "./desired-inputs.ts";
export type { DataKey, DirectoryRecord, DirectorySettings } from "./directories.ts";
export {
  getDataKey,
  getDirectorySettings,
  insertDataKey,
  insertDirectory,
  listDirectories,
  lockDirectory,
} from "./directories.ts";
export type { Expansion } from "./expansions.ts";
export {
  bindWaiting,
  countUnexpanded,
  expandChunk,
  expandConnections,
  nextExpansion,
  setBarrier,
} from "./expansions.ts";
export type { GroupRecord } from "./groups.ts";
export { bindGroup, deleteGroup, getGroup, insertGroup, lockGroup, updateGroup } from "./groups.ts";
export type { GroupReference } from "./groups-of-user.ts";
export { listGroupsOfUsers } from "./groups-of-user.ts";
export type { LaneKey, LaneLease, LaneView } from "./lanes.ts";
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
  sweepLanes,
  unholdLane,
  viewLane,
} from "./lanes.ts";
export type { Member } from "./list-members.ts";
export { listMembers, pageMembers, pageParkedMembers } from "./list-members.ts";
export type { MemberOutcome } from "./members.ts";
export { changeMembers } from "./members.ts";
export { migrateDatabase } from "./migrate.ts";
export type { NestingChange } from "./nesting.ts";
export { changeNesting, lockNesting } from "./nesting.ts";
export { listGroups, listUsers, pageGroups, pageUsers } from "./people-lists.ts";
export { dumpSchema } from "./schema-dump.ts";
export type {
  AccountState,
  Adoption,
  AuthScheme,
  MemberMatching,
  OnLeave,
  Precedence,
  TenantId,
  TokenKind,
  UpdateMethod,
  WorkspaceId,
} from "./tables.ts";
export type { InsertedUser, Marked, NewUser, UserRecord } from "./users.ts";
export {
  deleteUser,
  getUser,
  insertUsers,
  insertUsersOfTenants,
  lockTombstone,
  lockUser,
  reviveUser,
  updateUser,
} from "./users.ts";
export type { AppRecord, TenantRecord } from "./workspaces.ts";
export { ensureWorkspace, insertApp, insertTenant, listApps, listTenants } from "./workspaces.ts";
