export type { ExpectedVersion, FoundUser } from "./change-user.ts";
export { changeUser, deleteUser, readUser } from "./change-user.ts";
export type { CreateUser } from "./create-user.ts";
export { makeCreateUser } from "./create-user.ts";
export type { FoundGroup } from "./groups.ts";
export { changeGroup, createGroup, deleteGroup, readGroup } from "./groups.ts";
export { listGroups, listUsers } from "./list-people.ts";
export type { ChangeGroup } from "./make-change-group.ts";
export { makeChangeGroup } from "./make-change-group.ts";
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
