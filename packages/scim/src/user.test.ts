import { describe, expect, it } from "vitest";
import { refusalOf } from "./refusal.fixture.ts";
import { enterpriseUserUrn, userUrn } from "./urns.ts";
import { parseUser } from "./user.ts";

const full = {
  schemas: [userUrn, enterpriseUserUrn],
  userName: "jane@example.com",
  externalId: "00u1",
  name: { givenName: "Jane", familyName: "Doe" },
  active: true,
  emails: [{ value: "jane@example.com", type: "work", primary: true }],
  [enterpriseUserUrn]: { department: "Sales", manager: { value: "42" } },
};

describe("parseUser", () => {
  it("keeps what the schemas know, apart from the four fields of its own", () => {
    const { user, notes } = parseUser(full);

    expect(user).toEqual({
      userName: "jane@example.com",
      externalId: "00u1",
      active: true,
      attributes: {
        name: { givenName: "Jane", familyName: "Doe" },
        emails: [{ value: "jane@example.com", type: "work", primary: true }],
        [enterpriseUserUrn]: { department: "Sales", manager: { value: "42" } },
      },
    });
    expect(notes).toEqual([]);
  });

  it("takes names in any case and answers in canonical spelling", () => {
    const { user } = parseUser({
      USERNAME: "j",
      Name: { GIVENNAME: "J" },
      EMAILS: [{ Value: "a", TYPE: "work" }],
      [enterpriseUserUrn.toUpperCase()]: { DEPARTMENT: "S" },
    });

    expect(user.attributes).toEqual({
      name: { givenName: "J" },
      emails: [{ value: "a", type: "work" }],
      [enterpriseUserUrn]: { department: "S" },
    });
  });

  it("takes null, [] and objects without values as unassigned", () => {
    const { user } = parseUser({
      userName: "j",
      externalId: null,
      active: null,
      emails: null,
      phoneNumbers: [],
      roles: [null, {}],
      name: { givenName: null },
      title: null,
      [enterpriseUserUrn]: { manager: "", department: null },
    });

    expect(user).toEqual({ userName: "j", externalId: null, active: true, attributes: {} });
  });

  it("V06: leaves read-only values of the body out: id, meta, groups, schemas and the manager's name", () => {
    const { user, notes } = parseUser({
      ...full,
      id: "someone-else",
      meta: { location: "elsewhere", version: 'W/"9"' },
      groups: [{ value: "admins" }],
      [enterpriseUserUrn]: { manager: { value: "42", displayName: "Boss" } },
    });

    expect(Object.keys(user.attributes)).toEqual(["name", "emails", enterpriseUserUrn]);
    expect(user.attributes[enterpriseUserUrn]).toEqual({ manager: { value: "42" } });
    expect(notes.map((note) => note.seen)).toEqual(["manager.displayName", "id", "meta", "groups"]);
  });

  it("accepts a password and keeps it nowhere, not even in the notes", () => {
    const outcome = parseUser({ userName: "j", password: "t0p-secret" });

    expect(JSON.stringify(outcome)).not.toContain("t0p-secret");
    expect(outcome.notes).toHaveLength(1);
  });

  it("notes unknown attributes and schemas by name and never holds personal values in a note", () => {
    const { user, notes } = parseUser({
      schemas: ["urn:scim:schemas:core:1.0", userUrn],
      userName: "j",
      favouriteColour: "green-secret",
      "urn:example:custom": { badge: "green-secret" },
      emails: [{ value: "a", colour: "green-secret" }],
      active: "False",
      [enterpriseUserUrn]: { shoeSize: "green-secret" },
    });

    expect(user.attributes).toEqual({ emails: [{ value: "a" }] });
    expect(notes.map((note) => note.seen)).toEqual([
      'schemas with "urn:scim:schemas:core:1.0"',
      '"favouriteColour"',
      '"urn:example:custom"',
      'emails with "colour"',
      "active as a string",
      '"shoeSize" in an extension',
    ]);
    expect(JSON.stringify(notes)).not.toContain("green-secret");
  });

  it("keeps at most 20 notes, and nothing unprintable in them", () => {
    const unknown = Array.from({ length: 500 }, (_, index) => [`urn:\u00E9:${index}`, index]);

    const { notes } = parseUser({ userName: "j", ...Object.fromEntries(unknown), "a\u0007b\u00E9": 1 });

    expect(notes).toHaveLength(20);
    expect(JSON.stringify(notes)).toMatch(/^[\x20-\x7E]*$/);
  });

  it("lets one element be primary, and merges those with the same value and type", () => {
    const { user } = parseUser({
      userName: "j",
      emails: [
        { value: "a", type: "work", primary: true },
        { value: "b", type: "home", primary: true },
        { value: "a", type: "work", display: "A" },
      ],
    });

    expect(user.attributes["emails"]).toEqual([
      { value: "a", type: "work", primary: true, display: "A" },
      { value: "b", type: "home", primary: false },
    ]);
  });

  it.each<[string, unknown]>([
    ["a number as userName", { userName: 1 }],
    ["V01: a number as externalId", { userName: "j", externalId: 1 }],
    ["no userName", { externalId: "1" }],
    ["null as userName", { userName: null }],
    ["a blank userName", { userName: "  " }],
    ["a list of userNames", { userName: ["a", "b"] }],
    ["a long userName", { userName: "a".repeat(513) }],
    ["a userName that folds to a longer one", { userName: "\uFB2C".repeat(512) }],
    ["a long externalId", { userName: "j", externalId: "a".repeat(513) }],
    ["a long string", { userName: "j", title: "a".repeat(65_537) }],
    ["too much together", { userName: "j", photos: Array.from({ length: 5 }, (_, i) => `${i}${"a".repeat(60_000)}`) }],
    ["too many values", { userName: "j", emails: Array.from({ length: 1_001 }, (_, i) => `a${i}`) }],
    ["a number as active", { userName: "j", active: 0 }],
    ["an empty active", { userName: "j", active: "" }],
    ["a word as active", { userName: "j", active: "no" }],
    ["a string as name", { userName: "j", name: "Jane" }],
    ["a number in emails", { userName: "j", emails: [1] }],
    ["a list in emails", { userName: "j", emails: [[{ value: "a" }]] }],
    ["an object as title", { userName: "j", title: { a: 1 } }],
    ["a string as extension", { userName: "j", [enterpriseUserUrn]: "x" }],
  ])("refuses %s as invalidValue", (_, body) => {
    expect(refusalOf(() => parseUser(body))).toMatchObject({ status: 400, scimType: "invalidValue" });
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a list", []],
    ["a string", "userName"],
    ["a name in two spellings", { userName: "a", username: "b" }],
    ["a part in two spellings", { userName: "a", name: { givenName: "a", GivenName: "b" } }],
  ])("refuses %s as invalidSyntax", (_, body) => {
    expect(refusalOf(() => parseUser(body))).toMatchObject({ status: 400, scimType: "invalidSyntax" });
  });

  it("V48: refuses characters that cannot be stored in every string slot", () => {
    const slots: ((text: string) => unknown)[] = [
      (text) => ({ userName: text }),
      (text) => ({ userName: "j", externalId: text }),
      (text) => ({ userName: "j", title: text }),
      (text) => ({ userName: "j", name: { givenName: text } }),
      (text) => ({ userName: "j", emails: [{ value: "a", type: text }] }),
      (text) => ({ userName: "j", [enterpriseUserUrn]: { department: text } }),
      (text) => ({ userName: "j", [`title${text}`]: "x" }),
    ];
    for (const slot of slots) {
      for (const character of ["\u0000", "\uD800", "\uDFFF", "\uFFFF"]) {
        expect(refusalOf(() => parseUser(slot(`a${character}b`)))).toMatchObject({
          status: 400,
          scimType: "invalidValue",
        });
      }
    }
  });

  it.each([
    "Jos\u00E9",
    "Jose\u0301",
    "\u0416\u0435\u043D\u044F",
    "\u738B\u5C0F\u660E",
    "\u5C71\u7530",
    "\uAE40\uCCA0\uC218",
    "\u0645\u062D\u0645\u062F",
    "\u05D3\u05D5\u05D3",
    "\u0905\u092E\u093F\u0924",
    "\u0B85\u0BAE\u0BCD\u0BAE\u0BBE",
    "\u0E2A\u0E21\u0E0A\u0E32\u0E22",
    "\u10D2\u10D8\u10DD\u10E0\u10D2\u10D8",
    "\u0540\u0561\u0575\u056F",
    "\u03A3\u03C9\u03BA\u03C1\u03AC\u03C4\u03B7\u03C2",
    "\u1208\u12CA\u120D",
    "\u0995\u09AE\u09B2",
    "\u0C30\u0C3E\u0C2E",
    "\u1780\u17BB\u1798",
    "\u0D85\u0DB8\u0DBD",
    "\u{1F600}\u{20BB7}",
  ])("V48: keeps %s letter for letter", (name) => {
    const { user } = parseUser({ userName: name, name: { givenName: name } });

    expect(user).toMatchObject({ userName: name, attributes: { name: { givenName: name } } });
  });

  it("V34: keeps roles and entitlements as attributes only", () => {
    const { user } = parseUser({ userName: "j", roles: [{ value: "owner" }], entitlements: ["all"] });

    expect(user.attributes).toEqual({ roles: [{ value: "owner" }], entitlements: [{ value: "all" }] });
  });
});
