import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyGroupPatch, type GroupState, type MemberChange, parseGroup } from "../group.ts";
import { refusalOf } from "../refusal.fixture.ts";
import { groupUrn, patchOpUrn } from "../urns.ts";

const sales: GroupState = { displayName: "Sales", externalId: null, attributes: {} };

function patch(...operations: unknown[]) {
  return applyGroupPatch(sales, { schemas: [patchOpUrn], Operations: operations });
}

const listed = (...ids: string[]) => ids.map((value) => ({ value }));
const change = (add: string[], remove: string[], replaceAll = false): MemberChange => ({ replaceAll, add, remove });

describe("applyGroupPatch", () => {
  it.each<[string, unknown[], MemberChange | null]>([
    ["Entra: Add", [{ op: "Add", path: "members", value: [{ $ref: null, value: "1" }] }], change(["1"], [])],
    ["Entra: Remove with a value list", [{ op: "Remove", path: "members", value: listed("1") }], change([], ["1"])],
    ["Entra with its flag: remove", [{ op: "remove", path: 'members[value eq "1"]' }], change([], ["1"])],
    [
      "Okta: adds and removes in one request, with id and name",
      [
        { op: "remove", path: 'members[value eq "1"]' },
        { op: "add", path: "members", value: [{ value: "2", display: "two" }] },
        { op: "replace", value: { id: "g", displayName: "Sales" } },
      ],
      change(["2"], ["1"]),
    ],
    ["Okta: full push", [{ op: "replace", path: "members", value: listed("1", "2") }], change(["1", "2"], [], true)],
    ["JumpCloud: remove", [{ op: "remove", path: "members", value: listed("1", "2") }], change([], ["1", "2"])],
    ["OneLogin: add", [{ op: "add", path: "members", value: listed("1") }], change(["1"], [])],
    [
      "authentik: one operation per member, and the group",
      [
        { op: "replace", value: { schemas: [groupUrn], id: "g", displayName: "Sales", externalId: null } },
        { op: "add", path: "members", value: listed("1") },
        { op: "add", path: "members", value: listed("2") },
      ],
      change(["1", "2"], []),
    ],
    [
      "Keycloak: replace in a path-less value",
      [{ op: "replace", value: { members: listed("1") } }],
      change(["1"], [], true),
    ],
    ["Salesforce style wrapping", [{ op: "add", path: "members", value: { members: listed("1") } }], change(["1"], [])],
    ["single object", [{ op: "add", path: "members", value: { value: "1" } }], change(["1"], [])],
    ["bare strings", [{ op: "add", path: "members", value: ["1", "2"] }], change(["1", "2"], [])],
    ["URN path", [{ op: "add", path: `${groupUrn}:MEMBERS`, value: listed("1") }], change(["1"], [])],
    ["twice the same", [{ op: "add", path: "members", value: listed("1", "1") }], change(["1"], [])],
    ["or in the filter", [{ op: "remove", path: 'members[value eq "1" or value eq "2"]' }], change([], ["1", "2"])],
    ["remove of all", [{ op: "remove", path: "members" }], change([], [], true)],
    ["replace with []", [{ op: "replace", path: "members", value: [] }], change([], [], true)],
    ["replace with null", [{ op: "replace", path: "members", value: null }], change([], [], true)],
    ["remove with an empty list", [{ op: "remove", path: "members", value: [] }], null],
    ["add of nothing", [{ op: "add", path: "members", value: [] }], null],
    ["only a name", [{ op: "replace", path: "displayName", value: "Sales" }], null],
  ])("%s", (_, operations, members) => {
    const outcome = patch(...operations);

    expect(outcome.members).toEqual(members);
    expect(outcome.changed).toBe(false);
  });

  it("renames, and tells the change of the group from that of its members", () => {
    const outcome = patch(
      { op: "Replace", path: "displayName", value: "S2" },
      { op: "add", path: "externalId", value: "e" },
    );

    expect(outcome).toMatchObject({
      group: { displayName: "S2", externalId: "e", attributes: {} },
      changed: true,
      members: null,
    });
  });

  it("does the same to any set of members as doing one operation after the other", () => {
    const id = fc.constantFrom("1", "2", "3", "4", "5");
    const operation = fc.oneof(
      fc.record({ op: fc.constantFrom("add", "remove", "replace"), ids: fc.array(id, { maxLength: 3 }) }),
      fc.record({ op: fc.constant("removeOne"), ids: fc.tuple(id) }),
      fc.record({ op: fc.constant("clear"), ids: fc.constant([]) }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(id), fc.array(operation, { minLength: 1, maxLength: 6 }), (start, steps) => {
        let expected = new Set(start);
        for (const { op, ids } of steps) {
          if (op === "replace" || op === "clear") expected = new Set(ids);
          for (const one of ids) {
            if (op === "add") expected.add(one);
            if (op === "remove" || op === "removeOne") expected.delete(one);
          }
        }

        const { members } = patch(
          ...steps.map(({ op, ids }) => {
            if (op === "clear") return { op: "remove", path: "members" };
            if (op === "removeOne") return { op: "remove", path: `members[value eq "${ids[0]}"]` };
            return { op, path: "members", value: listed(...ids) };
          }),
        );

        const kept = members?.replaceAll === true ? [] : start.filter((one) => !members?.remove.includes(one));
        expect(new Set([...kept, ...(members?.add ?? [])])).toEqual(expected);
        expect((members?.add ?? []).filter((one) => members?.remove.includes(one))).toEqual([]);
      }),
    );
  });

  it("takes 10,000 members in one operation, and 1,000 operations", () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => `user-${index}`);
    const one = { op: "add", path: "members", value: listed(...ids) };
    const many = ids.slice(0, 1_000).map((id) => ({ op: "add", path: "members", value: listed(id) }));

    expect(patch(one).members?.add).toEqual(ids);
    expect(patch(...many).members?.add).toHaveLength(1_000);
    expect(refusalOf(() => patch(...many, ...many.slice(0, 1)))).toMatchObject({ status: 400, scimType: "tooMany" });
  });

  it.each<[string, string, unknown]>([
    ["invalidValue", "a number as id", { op: "add", path: "members", value: [{ value: 1 }] }],
    ["invalidValue", "a member without value", { op: "add", path: "members", value: [{ display: "x" }] }],
    ["invalidValue", "an empty id", { op: "add", path: "members", value: listed("") }],
    ["invalidValue", "null among the members", { op: "add", path: "members", value: [null] }],
    ["invalidValue", "a long id", { op: "add", path: "members", value: listed("x".repeat(513)) }],
    ["invalidValue", "V48: half a surrogate pair", { op: "add", path: "members", value: listed("\uD800") }],
    ["invalidFilter", "another filter", { op: "remove", path: 'members[display eq "x"]' }],
    ["invalidFilter", "everything but one", { op: "remove", path: 'members[value ne "1"]' }],
    ["invalidFilter", "not one", { op: "remove", path: 'members[not (value eq "1")]' }],
    ["invalidFilter", "both", { op: "remove", path: 'members[value eq "1" and value eq "2"]' }],
    ["invalidPath", "a replaced member", { op: "replace", path: 'members[value eq "1"]', value: { value: "2" } }],
    ["invalidPath", "an added chosen member", { op: "add", path: 'members[value eq "1"]', value: { value: "2" } }],
    ["invalidPath", "a part of the members", { op: "remove", path: "members.value" }],
    ["mutability", "the name of a member", { op: "replace", path: 'members[value eq "1"].display', value: "x" }],
    ["mutability", "the removal of the name", { op: "remove", path: "displayName" }],
    ["mutability", "V06: the id", { op: "replace", path: "id", value: "2" }],
    ["noTarget", "a remove without path", { op: "remove", value: { members: listed("1") } }],
    ["invalidValue", "an empty name", { op: "replace", path: "displayName", value: "" }],
  ])("answers %s to %s", (scimType, _, operation) => {
    expect(refusalOf(() => patch(operation))).toMatchObject({ status: 400, scimType });
  });
});

describe("parseGroup", () => {
  it.each<[string, unknown, string[] | null]>([
    ["members that are not named", {}, null],
    ["null", { members: null }, []],
    ["an empty list", { members: [] }, []],
    ["members, each once", { members: [{ value: "1" }, { value: "2", $ref: "Users/2" }, { VALUE: "1" }] }, ["1", "2"]],
    ["members in another case", { MEMBERS: [{ value: "1" }] }, ["1"]],
  ])("reads %s", (_, more, members) => {
    const outcome = parseGroup({
      schemas: [groupUrn],
      displayName: "G",
      externalId: "e",
      id: "9",
      ...(more as object),
    });

    expect(outcome.group).toEqual({ displayName: "G", externalId: "e", attributes: {} });
    expect(outcome.members).toEqual(members);
  });

  it("takes Microsoft's extra schema URI, and a group that names active", () => {
    const uri = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";
    const { group, notes } = parseGroup({ schemas: [groupUrn, uri], displayName: "G", active: true });

    expect(group.attributes).toEqual({});
    expect(notes).toHaveLength(2);
  });

  it.each([{}, { displayName: 1 }, { displayName: "" }, { displayName: "x".repeat(513) }, { displayName: "\u0000" }])(
    "refuses %j",
    (body) => {
      expect(refusalOf(() => parseGroup(body))).toMatchObject({ status: 400, scimType: "invalidValue" });
    },
  );
});
