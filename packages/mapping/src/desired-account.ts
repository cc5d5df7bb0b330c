import type { Attributes, UserState } from "@muster/scim";
import { defaultMapping } from "./default-mapping.ts";
import { rolesForGroups } from "./roles-for-groups.ts";
import type { RolePolicy, RoleReason } from "./rule.ts";

export type Person = { userId: string; user: UserState; deleted: boolean; groupIds: readonly string[] };

export type ScopePolicy = { everyone: boolean; assignedGroupIds: readonly string[] };

/** Why a person is, or is not, wanted in the app. */
export type ScopeReason =
  | { kind: "everyone" }
  | { kind: "group"; groupId: string }
  | { kind: "deleted" }
  | { kind: "notAssigned" };

/** What the app's copy of a person should be. Absent and inactive are desired states like any other. */
export type DesiredAccount =
  | { kind: "present"; payload: Attributes; active: boolean; scope: ScopeReason; roles: RoleReason[] }
  | { kind: "absent"; scope: ScopeReason };

/** Computes a person's desired account from the directory and the connection's policy: pure, no clock, no I/O. */
export function desiredAccount(person: Person, policy: ScopePolicy & RolePolicy): DesiredAccount {
  const scope = scopeOf(person, policy);
  if (scope.kind === "deleted" || scope.kind === "notAssigned") return { kind: "absent", scope };
  const roles = rolesForGroups(policy, new Set(person.groupIds));
  const payload = defaultMapping({
    userId: person.userId,
    user: person.user,
    roles: roles.map((reason) => reason.role),
  });
  return { kind: "present", payload, active: person.user.active, scope, roles };
}

function scopeOf(person: Person, policy: ScopePolicy): ScopeReason {
  if (person.deleted) return { kind: "deleted" };
  if (policy.everyone) return { kind: "everyone" };
  const groupId = policy.assignedGroupIds.find((id) => person.groupIds.includes(id));
  return groupId === undefined ? { kind: "notAssigned" } : { kind: "group", groupId };
}
