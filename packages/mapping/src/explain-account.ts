import { type DesiredAccount, type DesiredContext, desiredAccount, inputOf, type Person } from "./desired-account.ts";
import type { PreparedPolicy } from "./prepare-policy.ts";
import { explainRules, type RuleOutcome } from "./roles/explain-rules.ts";

/** A person's desired account, and what each rule did for it. */
export type Explanation = { desired: DesiredAccount; rules: RuleOutcome[] };

/** Says why a person's account should be what it should be, also where there should be none (X5, F9): pure. */
export function explainAccount(person: Person, prepared: PreparedPolicy, context: DesiredContext): Explanation {
  const desired = desiredAccount(person, prepared, context);
  if (desired.kind === "absent") return { desired, rules: [] };
  const input = inputOf(person, context.nowMs);
  const decision = { roles: desired.roles, notes: desired.roleNotes ?? [] };
  return { desired, rules: explainRules(prepared.roles, person, (condition) => condition(input()), decision) };
}
