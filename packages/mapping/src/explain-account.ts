import { type DesiredAccount, inputOf, type Person } from "./desired-account.ts";
import { type PreparedPolicy, policyFor } from "./prepare-policy.ts";
import { explainRules, type RuleOutcome } from "./roles/explain-rules.ts";

/** Says what each rule did for a person's account as it was decided, nothing where there is to be none (X5, F9): pure. */
export function explainAccount(
  person: Person,
  policy: PreparedPolicy,
  desired: DesiredAccount,
  nowMs: number,
): RuleOutcome[] {
  if (desired.kind === "absent") return [];
  const input = inputOf(person, nowMs);
  const decision = { roles: desired.roles, notes: desired.roleNotes ?? [] };
  return explainRules(policyFor(policy, person).roles, person, (condition) => condition(input()), decision);
}
