import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.fixture.ts";
import { enterpriseUserUrn, patchOpUrn, userUrn } from "../urns.ts";
import { applyUserPatch, type UserState } from "../user.ts";

const jane: UserState = {
  userName: "jane",
  externalId: "x1",
  active: true,
  attributes: {
    name: { givenName: "Jane", familyName: "Doe" },
    emails: [
      { value: "jane@work", type: "work", primary: true },
      { value: "jane@home", type: "home" },
    ],
    [enterpriseUserUrn]: { department: "Sales", manager: { value: "7", $ref: "/Users/7" } },
  },
};

function patch(user: UserState, ...operations: unknown[]) {
  return applyUserPatch(user, { schemas: [patchOpUrn], Operations: operations });
}

describe("applyUserPatch by the RFC", () => {
  it("merges into a complex attribute and leaves the parts that are not named", () => {
    const { user } = patch(jane, { op: "replace", path: "name", value: { givenName: "J", honorificPrefix: "Dr" } });

    expect(user.attributes["name"]).toEqual({ givenName: "J", familyName: "Doe", honorificPrefix: "Dr" });
  });

  it("clears a part with null, and the whole with the last part", () => {
    const one = patch(jane, { op: "replace", path: "name", value: { givenName: null } });
    const both = patch(jane, { op: "replace", value: { name: { givenName: null, familyName: null } } });

    expect(one.user.attributes["name"]).toEqual({ familyName: "Doe" });
    expect(both.user.attributes).not.toHaveProperty("name");
  });

  it("takes the primary mark from the others", () => {
    const byAdd = patch(jane, { op: "add", path: "emails", value: [{ value: "n", type: "other", primary: true }] });
    const byPath = patch(jane, { op: "replace", path: 'emails[type eq "home"].primary', value: true });

    expect(byAdd.user.attributes["emails"]).toEqual([
      { value: "jane@work", type: "work", primary: false },
      { value: "jane@home", type: "home" },
      { value: "n", type: "other", primary: true },
    ]);
    expect(byPath.user.attributes["emails"]).toEqual([
      { value: "jane@work", type: "work", primary: false },
      { value: "jane@home", type: "home", primary: true },
    ]);
  });

  it("does not change anything by adding or replacing what is there", () => {
    const outcome = patch(
      jane,
      { op: "add", path: "emails", value: [{ value: "jane@home", type: "home" }] },
      { op: "replace", path: "name.givenName", value: "Jane" },
      { op: "replace", value: { active: true, userName: "jane", externalId: "x1" } },
      { op: "add", path: "title", value: null },
      { op: "remove", path: "nickName" },
      { op: "remove", path: 'emails[type eq "other"]' },
    );

    expect(outcome.changed).toBe(false);
    expect(outcome.user).toEqual(jane);
  });

  it("removes chosen elements, chosen parts, whole attributes and extensions", () => {
    const { user } = patch(
      jane,
      { op: "remove", path: 'emails[type eq "home"]' },
      { op: "remove", path: "emails[primary eq true].type" },
      { op: "remove", path: "name.givenName" },
      { op: "remove", path: enterpriseUserUrn },
      { op: "remove", path: "externalId" },
    );

    expect(user).toEqual({
      userName: "jane",
      externalId: null,
      active: true,
      attributes: { name: { familyName: "Doe" }, emails: [{ value: "jane@work", primary: true }] },
    });
  });

  it("replaces a whole list, and clears it with [] and null", () => {
    const replaced = patch(jane, { op: "replace", path: "emails", value: [{ value: "n" }] });

    expect(replaced.user.attributes["emails"]).toEqual([{ value: "n" }]);
    for (const value of [[], null]) {
      expect(patch(jane, { op: "replace", path: "emails", value }).user.attributes).not.toHaveProperty("emails");
      expect(patch(jane, { op: "add", path: "emails", value }).changed).toBe(false);
    }
  });

  it("gives the extension's URN to the first value and takes it from the last", () => {
    const bare: UserState = { userName: "j", externalId: null, active: true, attributes: {} };
    const added = patch(bare, { op: "add", path: `${enterpriseUserUrn}:department`, value: "S" });
    const removed = patch(added.user, { op: "remove", path: `${enterpriseUserUrn}:department` });

    expect(added.user.attributes).toEqual({ [enterpriseUserUrn]: { department: "S" } });
    expect(removed.user.attributes).toEqual({});
  });

  it("applies all operations or none, and says which one failed", () => {
    const before = structuredClone(jane);
    const refusal = refusalOf(() =>
      patch(jane, { op: "replace", path: "title", value: "CEO" }, { op: "replace", path: "userName", value: 1 }),
    );

    expect(refusal).toMatchObject({ status: 400, scimType: "invalidValue" });
    expect(refusal.detail).toContain("Operation 2 of 2");
    expect(jane).toEqual(before);
  });

  it("leaves the user that it was given as it was", () => {
    const before = structuredClone(jane);

    patch(jane, { op: "replace", value: { "name.givenName": "X", emails: [], [enterpriseUserUrn]: { manager: "9" } } });

    expect(jane).toEqual(before);
  });

  const replace = (path: string, value: unknown = "x") => ({ op: "replace", path, value });
  it.each<[string, string, unknown]>([
    ["noTarget", "a replace whose filter chooses nothing", replace('emails[type eq "other"]', { value: "x" })],
    ["noTarget", "a filter on a value that is not there", replace('emails[value eq "other"].value')],
    ["noTarget", "a filter that no element can be made of", replace('emails[type co "other"].value')],
    ["noTarget", "a remove without path", { op: "remove" }],
    ["noTarget", "a remove without path but with a value", { op: "remove", value: { title: null } }],
    ["mutability", "V06: a path to id", replace("id")],
    ["mutability", "a path to schemas", { op: "add", path: "schemas", value: [enterpriseUserUrn] }],
    ["mutability", "a path to meta", replace("meta.created")],
    ["mutability", "a path to groups", { op: "remove", path: 'groups[value eq "1"]' }],
    ["mutability", "a path to the manager's name", replace(`${enterpriseUserUrn}:manager.displayName`)],
    ["mutability", "the removal of userName", { op: "remove", path: "userName" }],
    ["invalidValue", "null as userName", replace("userName", null)],
    ["invalidValue", "the removal of active", { op: "remove", path: "active" }],
    ["invalidValue", "an add without value", { op: "add", path: "title" }],
    ["invalidValue", "a value without path that is no object", { op: "replace", value: "x" }],
    ["invalidSyntax", "another verb", { op: "move", path: "title", value: "x" }],
    ["invalidSyntax", "no verb", { path: "title", value: "x" }],
    ["invalidSyntax", "an operation that is no object", "replace"],
    ["invalidPath", "a path that is no string", { op: "remove", path: 1 }],
    ["invalidPath", "three names", replace("name.givenName.x")],
    ["invalidPath", "a pointer", replace("/title")],
    ["invalidPath", "an open bracket", replace('emails[type eq "work"')],
    ["invalidPath", "something after the brackets", replace('emails[type eq "work"]value')],
    ["invalidPath", "two pairs of brackets", replace('emails[type eq "work"][type eq "home"]')],
    ["invalidPath", "brackets on a single value", replace('userName[value eq "x"]')],
    ["invalidPath", "an unknown part after brackets", replace('emails[type eq "work"].nothing')],
    ["invalidFilter", "an unknown part in brackets", replace('emails[nothing eq "work"].value')],
    ["invalidFilter", "a malformed filter", replace("emails[type].value")],
  ])("answers %s to %s", (scimType, _, operation) => {
    expect(refusalOf(() => patch(jane, operation))).toMatchObject({ status: 400, scimType });
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a list", []],
    ["no operations", {}],
    ["an empty list of operations", { Operations: [] }],
    ["attributes in place of operations", { active: false }],
  ])("refuses a body with %s", (_, body) => {
    expect(refusalOf(() => applyUserPatch(jane, body))).toMatchObject({ status: 400, scimType: "invalidSyntax" });
  });

  it("takes 1,000 operations and refuses one more as tooMany", () => {
    const operations = (count: number) => Array.from({ length: count }, (_, i) => replace("title", `t${i}`));

    expect(patch(jane, ...operations(1_000)).user.attributes["title"]).toBe("t999");
    expect(refusalOf(() => patch(jane, ...operations(1_001)))).toMatchObject({ status: 400, scimType: "tooMany" });
  });

  it("bounds what the operations of one PATCH may cost together", () => {
    const roles = Array.from({ length: 1_000 }, (_, i) => ({ value: `role-${i}-${"x".repeat(200)}` }));
    const full = { ...jane, attributes: { roles } };
    const operation = replace('roles[value co "a" or value co "b" or value co "c"].display');
    const filtered = Array.from({ length: 1_000 }, () => ({ ...operation, op: "add", value: null }));

    expect(refusalOf(() => patch(full, ...filtered))).toMatchObject({ status: 400, scimType: "tooMany" });
    expect(patch(full, ...filtered.slice(0, 20)).changed).toBe(false);
  });

  it("bounds what many PATCHes may add up to", () => {
    let user: UserState = { userName: "j", externalId: null, active: true, attributes: {} };
    const grow = () => {
      for (let round = 0; round < 10; round += 1) {
        const photos = [{ value: `${round}${"x".repeat(60_000)}` }];
        user = patch(user, { op: "add", path: "photos", value: photos }).user;
      }
    };

    expect(refusalOf(grow)).toMatchObject({ status: 400, scimType: "invalidValue" });
    expect(user.attributes["photos"]).toHaveLength(4);
  });
});

describe("V54: a deactivation is never answered with a silent 2xx", () => {
  const urn = `${userUrn}:active`;
  it.each<[string, unknown]>([
    ["replace, boolean", { op: "replace", path: "active", value: false }],
    ["Replace, string False", { op: "Replace", path: "active", value: "False" }],
    ["REPLACE, string false", { op: "REPLACE", path: "active", value: "false" }],
    ["add", { op: "add", path: "active", value: false }],
    ["Add, string FALSE", { op: "Add", path: "active", value: "FALSE" }],
    ["path in another case", { op: "replace", path: "Active", value: false }],
    ["path with blanks", { op: "replace", path: " active ", value: false }],
    ["path with URN", { op: "replace", path: urn, value: false }],
    ["path with URN in another case", { op: "replace", path: urn.toUpperCase(), value: "false" }],
    ["no path", { op: "replace", value: { active: false } }],
    ["no path, string", { op: "Replace", value: { active: "False" } }],
    ["no path, add", { op: "add", value: { active: false } }],
    ["null path", { op: "replace", path: null, value: { active: false } }],
    ["empty path", { op: "replace", path: "", value: { active: false } }],
    ["no path, key in another case", { op: "replace", value: { ACTIVE: false } }],
    ["no path, URN key", { op: "replace", value: { [urn]: false } }],
    ["no path, object under the core URN", { op: "replace", value: { [userUrn]: { active: false } } }],
    ["path is the core URN", { op: "replace", path: userUrn, value: { active: false } }],
    ["no path, with id and schemas", { op: "replace", value: { id: "1", schemas: [userUrn], active: false } }],
    ["wrapped by name", { op: "replace", path: "active", value: { active: false } }],
    ["wrapped as value", { op: "replace", path: "active", value: { value: "False" } }],
    ["wrapped in a list", { op: "replace", path: "active", value: [{ value: "False" }] }],
    ["list of one", { op: "replace", path: "active", value: [false] }],
    ["keys in another case", { Op: "Replace", Path: "active", Value: "False" }],
  ])("%s deactivates", (_, operation) => {
    const alone = patch(jane, operation);
    const among = patch(jane, { op: "add", path: "title", value: "x" }, operation, {
      op: "replace",
      path: 'emails[type eq "work"].value',
      value: "n",
    });

    expect(alone.user).toEqual({ ...jane, active: false });
    expect(alone.changed).toBe(true);
    expect(among.user.active).toBe(false);
  });

  it.each<[string, unknown]>([
    ["extension URN", { op: "replace", path: `${enterpriseUserUrn}:active`, value: false }],
    ["extension URN as key", { op: "replace", value: { [`${enterpriseUserUrn}:active`]: false } }],
    ["inside the extension", { op: "replace", value: { [enterpriseUserUrn]: { active: false } } }],
    ["unknown URN", { op: "replace", path: "urn:unknown:2.0:User:active", value: false }],
    ["value path", { op: "replace", path: "active[value eq true]", value: false }],
    ["a part of it", { op: "replace", path: "active.value", value: false }],
    ["a pointer", { op: "replace", path: "/active", value: false }],
    ["a pointer as key", { op: "replace", value: { "/active": false } }],
    ["a dotted prefix", { op: "replace", value: { "user.active": false } }],
    ["zero", { op: "replace", path: "active", value: 0 }],
    ["a word", { op: "replace", path: "active", value: "no" }],
    ["null", { op: "replace", path: "active", value: null }],
    ["nothing", { op: "replace", path: "active" }],
    ["remove", { op: "remove", path: "active" }],
    ["two spellings that disagree", { op: "replace", value: { active: true, Active: false } }],
    ["the core URN inside itself", { op: "replace", value: { [userUrn]: { [userUrn]: { active: false } } } }],
  ])("%s is an error", (_, operation) => {
    expect(refusalOf(() => patch(jane, operation)).status).toBe(400);
  });

  it("the last of several operations counts", () => {
    const on = { op: "replace", path: "active", value: true };
    const off = { op: "replace", value: { active: "False" } };

    expect(patch(jane, off, on).user.active).toBe(true);
    expect(patch(jane, on, off).user.active).toBe(false);
  });
});
