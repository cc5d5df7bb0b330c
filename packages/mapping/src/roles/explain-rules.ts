import type { Condition, Tested } from "../scope/condition.ts";
import type { PreparedRoles, RolePerson } from "./decide-roles.ts";
import type { RoleDecision } from "./rule.ts";

/** What one rule does for one person, and if nothing, why not. */
export type RuleOutcome = {
  /** Counted from 0. */
  position: number;
  role: string;
  /** The group of the rule that holds them; null where none does, or none is asked for. */
  groupId: string | null;
  outcome:
    | "gives"
    /** It matches, and by the precedence another one decides. */
    | "outranked"
    /** An earlier rule, or somebody by hand, gives the role already. */
    | "givenAlready"
    | "removedByHand"
    | "notInGroup"
    /** The rule asks for a group that does not exist, or not yet. */
    | "noSuchGroup"
    | "conditionFalse"
    | "conditionFailed";
  /** Of a condition that failed. */
  message?: string;
};

/**
 * Says of every rule what it does for a person (X5, F9). It agrees with the decision that it is given, because whatever
 * matches is judged by that.
 */
export function explainRules(
  { rules }: PreparedRoles,
  person: Pick<RolePerson, "groupIds">,
  test: (condition: Condition) => Tested,
  { roles, notes }: RoleDecision,
): RuleOutcome[] {
  const isRemoved = (role: string): boolean =>
    notes.some((note) => note.kind === "removedByHand" && note.role === role);
  const groupIds = new Set(person.groupIds);
  return rules.map(({ rule, condition }, position): RuleOutcome => {
    const { role } = rule;
    const groupId = rule.groupIds?.find((id) => groupIds.has(id)) ?? null;
    const said = { position, role, groupId };
    if (rule.groupIds !== null && groupId === null)
      return { ...said, outcome: rule.groupIds.length === 0 ? "noSuchGroup" : "notInGroup" };
    if (rule.groupIds === null && condition === null) return { ...said, outcome: "conditionFalse" };
    const tested: Tested = condition === null ? { kind: "true" } : test(condition);
    if (tested.kind === "failed") return { ...said, outcome: "conditionFailed", message: tested.message };
    if (tested.kind === "false") return { ...said, outcome: "conditionFalse" };
    if (isRemoved(role)) return { ...said, outcome: "removedByHand" };
    const given = roles.find((reason) => reason.role === role);
    if (given === undefined) return { ...said, outcome: "outranked" };
    const isThis = given.because.kind === "rule" && given.because.position === position;
    return { ...said, outcome: isThis ? "gives" : "givenAlready" };
  });
}
