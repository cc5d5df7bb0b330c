export type { FoundUser } from "@muster/store";
export type { BatchOutcome, PeopleBatch } from "./apply-batch.ts";
export { applyBatch } from "./apply-batch.ts";
export { type BrandingEdit, updateBranding } from "./branding.ts";
export type { ChangeTarget, ExpectedVersion, UserChanger } from "./change-user.ts";
export { changeUser, deleteUser } from "./change-user.ts";
export type { CreateUser } from "./create-user.ts";
export { makeCreateUser } from "./create-user.ts";
export { createDirectory, requireDirectory, updateDirectory } from "./directories.ts";
export type { IssuedCredential, IssueTerms, IssuingDeps } from "./directory-tokens.ts";
export { issueCredential, revokeToken } from "./directory-tokens.ts";
export { readExtensions, replaceExtensions } from "./extensions.ts";
export type { FoundGroup } from "./groups.ts";
export { changeGroup, createGroup, deleteGroup, readGroup } from "./groups.ts";
export type { FoundResource, ListInput, ListResourcesInput } from "./list-people.ts";
export { listGroups, listResources } from "./list-people.ts";
export type { ChangeGroup } from "./make-change-group.ts";
export { makeChangeGroup } from "./make-change-group.ts";
export type { ChangeUser } from "./make-change-user.ts";
export { makeChangeUser } from "./make-change-user.ts";
export type { ListUsers } from "./make-list-users.ts";
export { makeListUsers } from "./make-list-users.ts";
export type { ReadUser } from "./make-read-user.ts";
export { makeReadUser } from "./make-read-user.ts";
export { admitMember, changeMemberRole, inviteMember, removeMember } from "./members.ts";
export type { TenantChange, TenantScope, WorkspaceScope } from "./onboarding.ts";
export { createApp, createTenant, reaches, requireTenant, updateTenant } from "./onboarding.ts";
export {
  createPortalLink,
  type IssuedPortalLink,
  isSecondCode,
  refuseSecondCode,
  revokePortalLink,
} from "./portal-links.ts";
export type { Removals } from "./removal-cause.ts";
export { asOneCause } from "./removal-cause.ts";
export type { RunUndoDeps } from "./run-undo.ts";
export { runUndo } from "./run-undo.ts";
export type { DirectoryDeps, DirectoryScope, Written } from "./scope.ts";
export { noteTokenExpiry } from "./token-notices.ts";
export type { UndoInput } from "./undos.ts";
export { applyUndo, requestUndo, requireUndo } from "./undos.ts";
