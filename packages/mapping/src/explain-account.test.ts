import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { desiredAccount, type Person } from "./desired-account.ts";
import { explainAccount as explainDecided } from "./explain-account.ts";
import { type AccountPolicy, type PreparedPolicy, preparePolicy } from "./prepare-policy.ts";
import type { RuleOutcome } from "./roles/explain-rules.ts";
import type { Rule } from "./roles/rule.ts";

const DECLARED = ["admin", "editor", "viewer"];
const person: Person = {
  userId: "ana",
  user: { userName: "ana", externalId: null, active: true, attributes: { title: "Lead" } },
  deleted: false,
  groupIds: ["staff"],
};
const policy: AccountPolicy = {
  everyone: true,
  assignedGroupIds: [],
  precedence: "first",
  defaultRole: null,
  rules: [],
  declaredRoles: DECLARED,
};
const context = { nowMs: 0, applied: null };
const rule = (role: string, groupIds: string[] | null, condition: string | null = null): Rule => ({
  role,
  groupIds,
  condition,
});
function explainAccount(of: Person, prepared: PreparedPolicy) {
  const desired = desiredAccount(of, prepared, context);
  return { desired, rules: explainDecided(of, prepared, desired, context.nowMs) };
}
const outcomes = (by: Partial<AccountPolicy>, of: Partial<Person> = {}): RuleOutcome["outcome"][] =>
  explainAccount({ ...person, ...of }, preparePolicy({ ...policy, ...by })).rules.map((one) => one.outcome);

describe("X5, F9: why, and why not", () => {
  it.each<[string, Partial<AccountPolicy>, Partial<Person>, RuleOutcome["outcome"][]]>([
    ["the group holds them", { rules: [rule("admin", ["staff"])] }, {}, ["gives"]],
    ["it does not", { rules: [rule("admin", ["chiefs"])] }, {}, ["notInGroup"]],
    ["there is no such group", { rules: [rule("admin", [])] }, {}, ["noSuchGroup"]],
    ["the condition is true", { rules: [rule("admin", null, 'user.title == "Lead"')] }, {}, ["gives"]],
    ["the condition is false", { rules: [rule("admin", ["staff"], 'user.title == "x"')] }, {}, ["conditionFalse"]],
    ["the condition fails", { rules: [rule("admin", ["staff"], "user.title")] }, {}, ["conditionFailed"]],
    [
      "an earlier rule decides",
      { rules: [rule("viewer", ["staff"]), rule("admin", ["staff"])] },
      {},
      ["gives", "outranked"],
    ],
    [
      "a later rule decides",
      { precedence: "highest", rules: [rule("viewer", ["staff"]), rule("admin", ["staff"])] },
      {},
      ["outranked", "gives"],
    ],
    [
      "an earlier rule gives it already",
      { rules: [rule("admin", ["staff"]), rule("admin", null, "true")] },
      {},
      ["gives", "givenAlready"],
    ],
    [
      "somebody took it by hand",
      { manualRoles: true, rules: [rule("admin", ["staff"])] },
      { manualRoles: [{ role: "admin", effect: "remove" }] },
      ["removedByHand"],
    ],
    ["out of scope no rule is asked", { everyone: false, rules: [rule("admin", ["staff"])] }, {}, []],
  ])("%s", (_what, by, of, expected) => {
    expect(outcomes(by, of)).toEqual(expected);
  });

  it("agrees with what is desired, for any rules and anybody", () => {
    const groups = fc.uniqueArray(fc.constantFrom("a", "b", "c"));
    const rules = fc.record<Rule>({
      role: fc.constantFrom(...DECLARED),
      groupIds: fc.option(groups),
      condition: fc.constantFrom(null, "true", "false", "user.title", 'user.title == "Lead"'),
    });
    const policies = fc.record({
      precedence: fc.constantFrom("first" as const, "highest" as const, "all" as const),
      defaultRole: fc.option(fc.constantFrom(...DECLARED)),
      rules: fc.array(rules, { maxLength: 6 }),
      manualRoles: fc.boolean(),
      everyone: fc.boolean(),
    });
    const byHand = fc.uniqueArray(
      fc.record({ role: fc.constantFrom(...DECLARED), effect: fc.constantFrom("grant" as const, "remove" as const) }),
      { selector: ({ role }) => role },
    );

    fc.assert(
      fc.property(policies, groups, byHand, (by, groupIds, manualRoles) => {
        const prepared = preparePolicy({ ...policy, ...by });
        const { desired, rules: said } = explainAccount({ ...person, groupIds, manualRoles }, prepared);

        const byRules = desired.kind === "absent" ? [] : desired.roles.filter(({ because }) => because.kind === "rule");
        const giving = said.filter(({ outcome }) => outcome === "gives");
        expect(
          giving.map(({ role, position, groupId }) => ({ role, because: { kind: "rule", position, groupId } })),
        ).toEqual(expect.arrayContaining(byRules));
        expect(giving.length).toBe(byRules.length);
        const given = desired.kind === "absent" ? [] : desired.roles.map(({ role }) => role);
        for (const { role, outcome } of said) if (isGiven(outcome)) expect(given).toContain(role);
      }),
    );
  });
});

const isGiven = (outcome: RuleOutcome["outcome"]): boolean => outcome === "gives" || outcome === "givenAlready";
