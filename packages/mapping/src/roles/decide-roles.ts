import type { Attributes } from "@muster/scim";
import { type Condition, prepareCondition } from "../scope/condition.ts";
import { rolesOfPerson } from "./person-roles.ts";
import type { ManualRole, Precedence, RoleDecision, RoleNote, RolePolicy, RoleReason, Rule } from "./rule.ts";

/** What decides a person's roles. */
export type RolePerson = {
  groupIds: readonly string[];
  attributes: Attributes;
  manualRoles: readonly ManualRole[];
};

/** Rules with their conditions compiled, for as many people as there are. */
export type PreparedRoles = { policy: RolePolicy; rules: readonly PreparedRule[] };
type PreparedRule = { rule: Rule; condition: Condition | null };

/** Compiles the conditions of rules. One that cannot be compiled fails for everybody. */
export function prepareRoles(policy: RolePolicy): PreparedRoles {
  const known = new Map<string, Condition>();
  const rules = policy.rules.map((rule) => {
    if (rule.condition === null) return { rule, condition: null };
    const condition = known.get(rule.condition) ?? prepareCondition(rule.condition);
    known.set(rule.condition, condition);
    return { rule, condition };
  });
  return { policy, rules };
}

/**
 * Decides a person's roles. What was given by hand comes before the rules, what the person's source says after them; what
 * was taken by hand counts nowhere. Without a match it is the default role, or none: nobody gets a role that nobody wrote
 * down.
 *
 * @param test evaluates a condition for this person
 */
export function decideRoles(
  { policy, rules }: PreparedRoles,
  person: RolePerson,
  test: (condition: Condition) => ReturnType<Condition>,
): RoleDecision {
  const notes: RoleNote[] = [];
  const byHand = policy.manualRoles === true ? person.manualRoles.filter(({ role }) => isDeclared(policy, role)) : [];
  const removed = new Set(byHand.filter(({ effect }) => effect === "remove").map(({ role }) => role));
  const found: RoleReason[] = byHand
    .filter(({ effect }) => effect === "grant")
    .map(({ role }) => ({ role, because: { kind: "manual" } }));
  const groupIds = new Set(person.groupIds);
  for (const [position, { rule, condition }] of rules.entries()) {
    const groupId = rule.groupIds === null ? null : rule.groupIds.find((id) => groupIds.has(id));
    if (groupId === undefined || (groupId === null && condition === null)) continue;
    const tested = condition === null ? { kind: "true" as const } : test(condition);
    if (tested.kind === "failed") notes.push({ kind: "conditionFailed", position, message: tested.message });
    if (tested.kind === "true") found.push({ role: rule.role, because: { kind: "rule", position, groupId } });
  }
  if (policy.personRoles === true)
    for (const role of rolesOfPerson(person.attributes))
      if (isDeclared(policy, role)) found.push({ role, because: { kind: "person" } });
  for (const role of new Set(found.map((reason) => reason.role)))
    if (removed.has(role)) notes.push({ kind: "removedByHand", role });
  const kept = found.filter(({ role }) => !removed.has(role));
  if (kept.length === 0 && policy.defaultRole !== null && !removed.has(policy.defaultRole))
    kept.push({ role: policy.defaultRole, because: { kind: "default" } });
  return { roles: select(unique(kept), policy.precedence, policy.declaredRoles ?? []), notes };
}

const isDeclared = ({ declaredRoles }: RolePolicy, role: string): boolean => declaredRoles?.includes(role) === true;

function unique(reasons: readonly RoleReason[]): RoleReason[] {
  const first = new Map<string, RoleReason>();
  for (const reason of reasons) if (!first.has(reason.role)) first.set(reason.role, reason);
  return [...first.values()];
}

function select(reasons: RoleReason[], precedence: Precedence, declared: readonly string[]): RoleReason[] {
  switch (precedence) {
    case "all":
      return reasons;
    case "first":
      return reasons.slice(0, 1);
    case "highest": {
      const rank = ({ role }: RoleReason): number =>
        declared.includes(role) ? declared.indexOf(role) : declared.length;
      return reasons.toSorted((a, b) => rank(a) - rank(b)).slice(0, 1);
    }
  }
}
