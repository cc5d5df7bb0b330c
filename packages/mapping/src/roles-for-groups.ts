import type { RolePolicy, RoleReason } from "./rule.ts";

/**
 * Decides a person's roles from the groups they are in, each role once and in the order of its first rule.
 * Without a match it is the default role, or none: nobody gets a role that nobody wrote down.
 */
export function rolesForGroups(policy: RolePolicy, groupIds: ReadonlySet<string>): RoleReason[] {
  const reasons: RoleReason[] = [];
  for (const [position, rule] of policy.rules.entries()) {
    if (!groupIds.has(rule.groupId) || reasons.some((reason) => reason.role === rule.role)) continue;
    reasons.push({ role: rule.role, because: { kind: "rule", position, groupId: rule.groupId } });
    if (policy.precedence === "first") return reasons;
  }
  if (reasons.length > 0 || policy.defaultRole === null) return reasons;
  return [{ role: policy.defaultRole, because: { kind: "default" } }];
}
