import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideRoles, prepareRoles, type RolePerson } from "./decide-roles.ts";
import type { RoleDecision, RolePolicy, Rule } from "./rule.ts";

const DECLARED = ["owner", "admin", "editor", "viewer"];
const policy: RolePolicy = { precedence: "first", defaultRole: null, rules: [], declaredRoles: DECLARED };
const person: RolePerson = { groupIds: [], attributes: {}, manualRoles: [] };
const group = (id: string, role: string): Rule => ({ groupIds: [id], role, condition: null });
const when = (condition: string, role: string, groupIds: string[] | null = null): Rule => ({
  groupIds,
  role,
  condition,
});

function decide(by: Partial<RolePolicy>, of: Partial<RolePerson> = {}, groups: readonly string[] = []): RoleDecision {
  const whole = { ...person, ...of };
  return decideRoles(prepareRoles({ ...policy, ...by }), whole, (condition) =>
    condition({ user: whole.attributes, groups, roles: [], now: "2026-01-31T00:00:00.000Z" }),
  );
}
const keys = ({ roles }: RoleDecision): string[] => roles.map(({ role }) => role);

describe("F3: precedence", () => {
  const rules = [group("v", "viewer"), group("a", "admin"), group("e", "editor"), group("a", "viewer")];
  const both = { groupIds: ["e", "a"] };
  it.each<[string, Partial<RolePolicy>, string[], string[]]>([
    ["first: the first rule that matches", { precedence: "first" }, both.groupIds, ["admin"]],
    ["first: order of the rules, not of the person's groups", { precedence: "first" }, ["a", "v"], ["viewer"]],
    ["highest: the app's order, whatever the rules'", { precedence: "highest" }, ["e", "v", "a"], ["admin"]],
    ["highest: of one", { precedence: "highest" }, ["v"], ["viewer"]],
    [
      "all: each once, in the order of the rules",
      { precedence: "all" },
      ["v", "e", "a"],
      ["viewer", "admin", "editor"],
    ],
    ["none without a match", { precedence: "all" }, ["x"], []],
    ["F4: the default without a match", { defaultRole: "viewer" }, ["x"], ["viewer"]],
    ["F4: no default beside a match", { precedence: "all", defaultRole: "viewer" }, ["e"], ["editor"]],
  ])("%s", (_what, by, groupIds, expected) => {
    expect(keys(decide({ rules, ...by }, { groupIds }))).toEqual(expected);
  });

  it("F9: says which rule gave a role, and by which of its groups", () => {
    const given = decide(
      { rules: [group("x", "owner"), { groupIds: ["p", "q"], role: "admin", condition: null }] },
      { groupIds: ["q"] },
    );

    expect(given.roles).toEqual([{ role: "admin", because: { kind: "rule", position: 1, groupId: "q" } }]);
  });

  it("a rule whose group is not there, or not any more, matches nobody, whatever its condition", () => {
    expect(keys(decide({ rules: [when("true", "owner", [])] }, { groupIds: ["x"] }))).toEqual([]);
  });
});

describe("conditions of rules", () => {
  const sales = { attributes: { title: "Sales lead" }, groupIds: ["staff"] };
  it.each<[string, Rule, string[]]>([
    ["alone, and true", when('user.title.startsWith("Sales")', "admin"), ["admin"]],
    ["alone, and false", when('user.title == "Cook"', "admin"), []],
    ["with a group that holds them", when('user.title.startsWith("Sales")', "admin", ["staff"]), ["admin"]],
    ["with a group that does not", when("true", "admin", ["others"]), []],
    ["and, or, not", when('!(user.title == "Cook") && (user.title == "x" || true)', "admin"), ["admin"]],
    ["the names of groups", when('"Staff" in groups', "admin"), ["admin"]],
  ])("%s", (_what, rule, expected) => {
    expect(keys(decide({ rules: [rule] }, sales, ["Staff"]))).toEqual(expected);
  });

  it.each([
    ["no truth value", "user.title", "gives a string and not true or false"],
    ["no value", "user.nickName", "gives no value and not true or false"],
    ["an error", "user.title.size() > user.nickName", "no matching overload"],
    ["what cannot be compiled any more", "user.", "cannot be read"],
    ["a choice", 'selectUniqueValue("a", "b")', "gives a choice of values"],
  ])("%s is no match, and the decision says so", (_what, condition, message) => {
    const given = decide({ rules: [when(condition, "owner"), when("true", "viewer")] }, sales);

    expect(keys(given)).toEqual(["viewer"]);
    expect(given.notes).toEqual([{ kind: "conditionFailed", position: 0, message: expect.stringContaining(message) }]);
  });
});

describe("F8: the person's own roles", () => {
  const entra = JSON.stringify({ id: "18d1", value: "admin", displayName: "Admins" });
  it.each<[string, RolePerson["attributes"], string[]]>([
    ["values", { roles: [{ value: "viewer" }, { value: "admin" }] }, ["viewer", "admin"]],
    ["texts", { roles: ["editor"] }, ["editor"]],
    ["one that is no list", { roles: "editor" }, ["editor"]],
    ["V34: only roles that the app declared", { roles: [{ value: "superuser" }, { value: "viewer" }] }, ["viewer"]],
    ["V34: in the app's spelling", { roles: [{ value: "Admin" }] }, []],
    ["Entra's app-role JSON", { roles: [{ value: entra }] }, ["admin"]],
    [
      "JSON that is none, or has no role",
      { roles: [{ value: "{admin" }, { value: '{"value": 1}' }, { value: "{}" }] },
      [],
    ],
    ["nonsense", { roles: [null, 7, { value: 7 }, { value: "x".repeat(5000) }] }, []],
    ["no roles at all", {}, []],
  ])("%s", (_what, attributes, expected) => {
    expect(keys(decide({ personRoles: true, precedence: "all" }, { attributes }))).toEqual(expected);
    expect(keys(decide({ precedence: "all" }, { attributes }))).toEqual([]);
  });

  it("come after the rules, before the default, and highest is over all", () => {
    const attributes = { roles: [{ value: "admin" }] };
    const by = { personRoles: true, defaultRole: "viewer", rules: [group("g", "editor")] };

    expect(keys(decide(by, { attributes, groupIds: ["g"] }))).toEqual(["editor"]);
    expect(keys(decide(by, { attributes }))).toEqual(["admin"]);
    expect(keys(decide({ ...by, precedence: "highest" }, { attributes, groupIds: ["g"] }))).toEqual(["admin"]);
  });
});

describe("F7: roles by hand", () => {
  const rules = [group("g", "admin"), group("g", "editor")];
  const given = (effect: "grant" | "remove", role: string): RolePerson["manualRoles"][number] => ({ role, effect });
  it.each<[string, Partial<RolePolicy>, RolePerson["manualRoles"], string[]]>([
    ["locked: they count nowhere", {}, [given("grant", "owner"), given("remove", "admin")], ["admin"]],
    ["a grant comes first", { manualRoles: true }, [given("grant", "viewer")], ["viewer"]],
    [
      "a grant beside the others",
      { manualRoles: true, precedence: "all" },
      [given("grant", "owner")],
      ["owner", "admin", "editor"],
    ],
    ["what is taken leaves the next", { manualRoles: true }, [given("remove", "admin")], ["editor"]],
    [
      "what is taken is no default either",
      { manualRoles: true, rules: [], defaultRole: "viewer" },
      [given("remove", "viewer")],
      [],
    ],
    ["a role that the app does not have is none", { manualRoles: true, rules: [] }, [given("grant", "superuser")], []],
  ])("%s", (_what, by, manualRoles, expected) => {
    expect(keys(decide({ rules, ...by }, { groupIds: ["g"], manualRoles }))).toEqual(expected);
  });

  it("F9: says that a role was given or taken by hand", () => {
    const manualRoles = [given("grant", "owner"), given("remove", "admin")];

    expect(decide({ rules, manualRoles: true }, { groupIds: ["g"], manualRoles })).toEqual({
      roles: [{ role: "owner", because: { kind: "manual" } }],
      notes: [{ kind: "removedByHand", role: "admin" }],
    });
  });
});

describe("properties", () => {
  const groupIds = fc.constantFrom("a", "b", "c", "d");
  const declared = fc.constantFrom(...DECLARED);
  const anything = fc.constantFrom(...DECLARED, "superuser", "root");
  const condition = fc.constantFrom(null, "true", "false", 'user.title == "x"', "user.nickName");
  const rule = fc.record({ role: declared, groupIds: fc.option(fc.uniqueArray(groupIds)), condition });
  const policies = fc.record<RolePolicy>({
    precedence: fc.constantFrom("first", "highest", "all"),
    defaultRole: fc.option(declared),
    rules: fc.array(rule, { maxLength: 8 }),
    declaredRoles: fc.constant(DECLARED),
    personRoles: fc.boolean(),
    manualRoles: fc.boolean(),
  });
  const people = fc.record<RolePerson>({
    groupIds: fc.uniqueArray(groupIds),
    attributes: fc.record({ title: fc.constantFrom("x", "y"), roles: fc.array(fc.record({ value: anything })) }),
    manualRoles: fc.uniqueArray(fc.record({ role: anything, effect: fc.constantFrom("grant", "remove") }), {
      selector: ({ role }) => role,
    }),
  });

  it("the order of groups never matters, and an unrelated group changes nothing", () => {
    fc.assert(
      fc.property(policies, people, fc.nat(5), (by, of, place) => {
        const whole = decide(by, of);
        const reordered = [...of.groupIds].reverse().toSpliced(place, 0, "unrelated");

        expect(decide(by, { ...of, groupIds: reordered })).toEqual(whole);
      }),
    );
  });

  it("V34: effective roles are a subset of what the app declared, each once, and one unless all may be had", () => {
    fc.assert(
      fc.property(policies, people, (by, of) => {
        const given = keys(decide(by, of));

        expect(DECLARED).toEqual(expect.arrayContaining(given));
        expect(new Set(given).size).toBe(given.length);
        if (by.precedence !== "all") expect(given.length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("highest gives the highest of what all would give", () => {
    fc.assert(
      fc.property(policies, people, (by, of) => {
        const all = keys(decide({ ...by, precedence: "all" }, of));
        const highest = DECLARED.filter((role) => all.includes(role)).slice(0, 1);

        expect(keys(decide({ ...by, precedence: "highest" }, of))).toEqual(highest);
      }),
    );
  });
});
