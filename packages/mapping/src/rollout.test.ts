import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultRows } from "./default-rows.ts";
import { desiredAccount, type Person, standing } from "./desired-account.ts";
import { explainAccount } from "./explain-account.ts";
import { type AccountPolicy, type PolicyParts, policyFor, preparePolicy, usesVariable } from "./prepare-policy.ts";

const GROUPS = ["staff", "chiefs", "pilot"];
const groupIds = fc.subarray(GROUPS);
const person: fc.Arbitrary<Person> = fc.record({
  userId: fc.constantFrom("ana", "ben"),
  user: fc.record({
    userName: fc.constantFrom("ana", "ben"),
    externalId: fc.constant(null),
    active: fc.boolean(),
    attributes: fc.record({ title: fc.constantFrom("Lead", "Cook"), end: fc.constantFrom("2020-01-01", "2040-01-01") }),
  }),
  deleted: fc.boolean(),
  groupIds,
  groupNames: groupIds,
  manualRoles: fc.constantFrom([], [{ role: "admin", effect: "grant" as const }]),
});
const when = fc.constantFrom(null, 'user.title == "Lead"', '"chiefs" in groups');
const parts: fc.Arbitrary<PolicyParts> = fc.record({
  everyone: fc.boolean(),
  assignedGroupIds: groupIds,
  terms: fc.option(
    fc.record({
      userIds: fc.subarray(["ana", "ben"]),
      userNameKeys: fc.constant([]),
      condition: when,
      starts: fc.constant(null),
      ends: fc.constantFrom(null, { expression: "user.end", days: 0 }),
      timeZone: fc.constant("UTC"),
    }),
    { nil: undefined },
  ),
  precedence: fc.constantFrom("first" as const, "highest" as const, "all" as const),
  defaultRole: fc.constantFrom(null, "viewer"),
  rules: fc.array(
    fc.record({ role: fc.constantFrom("admin", "viewer"), groupIds: fc.option(groupIds), condition: when }),
    { maxLength: 3 },
  ),
  personRoles: fc.boolean(),
  manualRoles: fc.boolean(),
  mapping: fc.constantFrom(
    undefined,
    defaultRows.map((row) => (row.target === "title" ? { ...row, expression: '"x"' } : row)),
  ),
});
const app = { declaredRoles: ["admin", "viewer"] };
const whom = fc.record({ userIds: fc.subarray(["ana", "ben"]), groupIds: fc.subarray(["pilot"]) });
const context = { nowMs: Date.parse("2026-01-01"), applied: null };

/** Everything that is decided about a person. */
function decided(of: Person, policy: AccountPolicy) {
  const prepared = preparePolicy(policy);
  const desired = desiredAccount(of, prepared, context);
  const rules = explainAccount(of, prepared, desired, context.nowMs);
  return { desired, rules, standing: standing(of, prepared, context.nowMs) };
}

describe("X19: an edit that is tried out on some people", () => {
  it("is what they have, and nobody else has any of it, whatever the two policies are", () => {
    fc.assert(
      fc.property(person, parts, parts, whom, (of, before, tried, { userIds, groupIds: groups }) => {
        const isChosen = userIds.includes(of.userId) || of.groupIds.some((id) => groups.includes(id));
        const rollout = { userIds, groupIds: groups, policy: tried };
        expect(decided(of, { ...app, ...before, rollout })).toEqual(
          decided(of, { ...app, ...(isChosen ? tried : before) }),
        );
      }),
    );
  });

  it("changes nothing for anybody when it is the current policy", () => {
    fc.assert(
      fc.property(person, parts, whom, (of, policy, chosen) => {
        expect(decided(of, { ...app, ...policy, rollout: { ...chosen, policy } })).toEqual(
          decided(of, { ...app, ...policy }),
        );
      }),
    );
  });

  it("has what the app is like from the connection", () => {
    const rule = { attribute: "title", required: true } as never;
    const policy = { everyone: true, assignedGroupIds: [], precedence: "first" as const, defaultRole: null, rules: [] };
    const rollout = { userIds: ["ana"], groupIds: [], policy };
    const prepared = preparePolicy({ ...policy, ...app, payloadRules: [rule], rollout });

    expect(policyFor(prepared, { userId: "ana", groupIds: [] })).not.toBe(prepared);
    expect(policyFor(prepared, { userId: "ana", groupIds: [] })).toMatchObject({
      payloadRules: [rule],
      policy: app,
      rollout: null,
    });
    expect(policyFor(prepared, { userId: "ben", groupIds: ["pilot"] })).toBe(prepared);
  });

  it("names of groups are read where only its mapping asks for them", () => {
    const policy = { everyone: true, assignedGroupIds: [], precedence: "first" as const, defaultRole: null, rules: [] };
    const mapping = defaultRows.map((row) =>
      row.target === "title" ? { ...row, expression: 'join(",", groups)' } : row,
    );
    const rollout = { userIds: ["ana"], groupIds: [], policy: { ...policy, mapping } };

    expect(usesVariable(preparePolicy(policy), "groups")).toBe(false);
    expect(usesVariable(preparePolicy({ ...policy, rollout }), "groups")).toBe(true);
  });
});
