export { defaultMapping } from "./default-mapping.ts";
export type { DesiredAccount, Person, ScopePolicy, ScopeReason } from "./desired-account.ts";
export { desiredAccount } from "./desired-account.ts";
export { rolesForGroups } from "./roles-for-groups.ts";
export type { RolePolicy, RoleReason, Rule } from "./rule.ts";
