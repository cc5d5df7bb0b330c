export type { FoundUser } from "@muster/store";
export type { ChangeTarget, ExpectedVersion, UserChanger } from "./change-user.ts";
export { changeUser, deleteUser } from "./change-user.ts";
export type { CreateUser } from "./create-user.ts";
export { makeCreateUser } from "./create-user.ts";
export { readExtensions, replaceExtensions } from "./extensions.ts";
export type { FoundGroup } from "./groups.ts";
export { changeGroup, createGroup, deleteGroup, readGroup } from "./groups.ts";
export type { FoundResource, ListInput, ListResourcesInput } from "./list-people.ts";
export { listGroups, listResources } from "./list-people.ts";
export type { ChangeUser } from "./make-change-user.ts";
export { makeChangeUser } from "./make-change-user.ts";
export type { ListUsers } from "./make-list-users.ts";
export { makeListUsers } from "./make-list-users.ts";
export type { ReadUser } from "./make-read-user.ts";
export { makeReadUser } from "./make-read-user.ts";
export type { IssuedDirectoryToken, OnboardingDeps, TenantScope, WorkspaceScope } from "./onboarding.ts";
export {
  createApp,
  createDirectory,
  createDirectoryToken,
  createTenant,
  requireDirectory,
  requireTenant,
  revokeToken,
} from "./onboarding.ts";
export type { DirectoryDeps, DirectoryScope, Written } from "./scope.ts";
