import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.fixture.ts";
import { toUserResource } from "../resource.ts";
import { enterpriseUserUrn, userUrn } from "../urns.ts";
import { applyUserPatch, parseUser, type UserState } from "../user.ts";

const jane: UserState = {
  userName: "jane",
  externalId: "e1",
  active: true,
  attributes: {
    title: "T",
    name: { givenName: "Jane", familyName: "Doe" },
    emails: [
      { value: "w@x", type: "work", primary: true },
      { value: "h@x", type: "home" },
    ],
    addresses: [{ type: "work", locality: "Rome", country: "IT" }],
    [enterpriseUserUrn]: { department: "S" },
  },
};
const patch = (...Operations: unknown[]) => applyUserPatch(jane, { Operations });
const meta = { id: "1", created: new Date(0), lastModified: new Date(0), version: 1, location: "https://g/1" };

/** What servers most often get wrong in RFC 7643 and 7644, where the pure engine decides it. */
describe("RFC 7644 section 3.5.2, where servers go wrong", () => {
  it.each(["add", "replace"])("3.5.2.3: %s of a complex attribute leaves the parts that are not named", (op) => {
    const byPath = patch({ op, path: "name", value: { givenName: "J" } }).user;
    const pathless = patch({ op, value: { name: { givenName: "J" } } }).user;

    expect(byPath.attributes["name"]).toEqual({ givenName: "J", familyName: "Doe" });
    expect(pathless).toEqual(byPath);
  });

  it("3.5.2.3: replace through a value path leaves the parts that are not named", () => {
    const { user } = patch({ op: "replace", path: 'addresses[type eq "work"]', value: { locality: "Pisa" } });

    expect(user.attributes["addresses"]).toEqual([{ type: "work", locality: "Pisa", country: "IT" }]);
  });

  it.each<[string, object]>([
    ["a value path that matches nothing", { op: "replace", path: 'emails[type eq "other"]', value: { value: "x" } }],
    ["a value path on an attribute without values", { op: "replace", path: 'ims[type eq "a"]', value: { value: "x" } }],
    ["a part under a filter by value", { op: "replace", path: 'emails[value eq "n"].type', value: "work" }],
    [
      "a part under a filter that is not plain",
      { op: "replace", path: 'emails[type ne "work" and type ne "home"].value', value: "x" },
    ],
    ["remove without path", { op: "remove" }],
  ])("3.5.2.2, 3.5.2.3: %s is 400 noTarget", (_, operation) => {
    expect(refusalOf(() => patch(operation))).toMatchObject({ status: 400, scimType: "noTarget" });
  });

  it("3.5.2: a new primary takes the mark from the others, whichever way it comes", () => {
    for (const operation of [
      { op: "add", path: "emails", value: [{ value: "h@x", type: "home", primary: true }] },
      { op: "add", path: "emails", value: [{ value: "n@x", primary: true }] },
      { op: "replace", path: 'emails[type eq "home"].primary', value: true },
      { op: "replace", path: 'emails[type eq "home"]', value: { primary: "True" } },
      { op: "add", path: 'emails[type eq "other"]', value: { value: "o@x", primary: true } },
    ]) {
      const emails = patch(operation).user.attributes["emails"] as { value: string; primary?: boolean }[];
      const primaries = emails.filter(({ primary }) => primary === true).map(({ value }) => value);
      expect([primaries.length, primaries.includes("w@x")]).toEqual([1, false]);
    }
  });

  it.each<[string, object]>([
    ["a value", { op: "add", path: "title", value: "T" }],
    ["an element", { op: "add", path: "emails", value: [{ value: "h@x", type: "home" }] }],
    ["a part", { op: "add", path: "name.givenName", value: "Jane" }],
    ["an extension's value", { op: "add", value: { [enterpriseUserUrn]: { department: "S" } } }],
    ["null", { op: "add", path: "nickName", value: null }],
    ["[]", { op: "add", path: "emails", value: [] }],
    ["what is absent, by remove", { op: "remove", path: "nickName" }],
    ["what no element is, by remove", { op: "remove", path: 'emails[type eq "other"]' }],
  ])("3.5.2.1: adding what is there, as %s, changes nothing", (_, operation) => {
    expect(patch(operation)).toMatchObject({ changed: false, user: jane });
  });

  it("7643 2.5: null and [] mean unassigned in bodies and in PATCH, and take the extension out of schemas", () => {
    for (const value of [null, []]) {
      const { user } = patch(
        { op: "replace", path: "title", value },
        { op: "replace", value: { emails: value, addresses: value, name: null, externalId: null } },
        { op: "replace", path: `${enterpriseUserUrn}:department`, value: null },
      );
      const posted = parseUser({ userName: "jane", emails: value, name: null, [enterpriseUserUrn]: null });

      expect(user).toEqual({ userName: "jane", externalId: null, active: true, attributes: {} });
      expect(posted.user).toEqual(user);
      expect(toUserResource(user, meta)["schemas"]).toEqual([userUrn]);
    }
  });

  it("7643 3.3: the first value of an extension brings its URI into schemas", () => {
    const bare = parseUser({ userName: "j" }).user;
    const { user } = applyUserPatch(bare, {
      Operations: [{ op: "add", value: { [`${enterpriseUserUrn}:costCenter`]: "1" } }],
    });

    expect(toUserResource(user, meta)["schemas"]).toEqual([userUrn, enterpriseUserUrn]);
  });

  it("3.3, 3.5.2: what is read-only is left out of POST and PUT, and 400 mutability as a PATCH path", () => {
    const { user } = parseUser({ userName: "j", id: "9", meta: { version: "x" }, groups: [{ value: "g" }] });

    expect(user.attributes).toEqual({});
    for (const path of ["id", "meta.version", "groups", `${enterpriseUserUrn}:manager.displayName`]) {
      expect(refusalOf(() => patch({ op: "replace", path, value: "x" })).scimType).toBe("mutability");
    }
  });

  it("3.10: names and URNs are case-insensitive in paths, keys and filters", () => {
    const { user } = patch(
      { OP: "REPLACE", PATH: 'EMAILS[TYPE EQ "WORK"].VALUE', VALUE: "n@x" },
      { op: "replace", path: `${enterpriseUserUrn.toUpperCase()}:DEPARTMENT`, value: "R" },
      { op: "replace", value: { "NAME.GIVENNAME": "J" } },
    );

    expect(user.attributes).toMatchObject({
      name: { givenName: "J", familyName: "Doe" },
      emails: [{ value: "n@x", type: "work", primary: true }, { value: "h@x" }],
      [enterpriseUserUrn]: { department: "R" },
    });
  });
});

/** Bodies as clients POST and PUT them, and what is kept of them beside userName. */
describe("bodies as clients send them", () => {
  it.each<[client: string, shape: string, body: object, stored: object]>([
    [
      "JumpCloud",
      "a full PUT with id, empty lists, null and the enterprise URI without its object",
      {
        schemas: [userUrn, enterpriseUserUrn],
        id: "1",
        emails: null,
        photos: [],
        phoneNumbers: [{ value: "tel:+1-2", type: "work" }],
        externalId: "65f0c2a1b3d4e5f6a7b8c9d0",
      },
      { externalId: "65f0c2a1b3d4e5f6a7b8c9d0", attributes: { phoneNumbers: [{ value: "tel:+1-2", type: "work" }] } },
    ],
    [
      "OneLogin",
      "id null and the draft's URN",
      { schemas: ["urn:scim:schemas:core:2.0"], id: null, active: "true" },
      {},
    ],
    [
      "Google",
      "the URN of SCIM 1",
      { schemas: ["urn:scim:schemas:core:1.0"], title: "T" },
      { attributes: { title: "T" } },
    ],
    ["Okta", "a password and groups", { password: "secret", groups: [] }, {}],
    ["Entra", "roles empty and meta", { roles: [], meta: { resourceType: "User" } }, {}],
    [
      "Entra",
      "app roles as JSON in a string (F8, V34)",
      { roles: [{ primary: "True", type: "WindowsAzureActiveDirectoryRole", value: '{"id":"1","value":"Admin"}' }] },
      {
        attributes: {
          roles: [{ primary: true, type: "WindowsAzureActiveDirectoryRole", value: '{"id":"1","value":"Admin"}' }],
        },
      },
    ],
    [
      "Entra",
      "manager as a bare string",
      { manager: "7" },
      { attributes: { [enterpriseUserUrn]: { manager: { value: "7" } } } },
    ],
    [
      "Keycloak",
      "an e-mail without a type",
      { emails: [{ value: "a@x", primary: true }] },
      { attributes: { emails: [{ value: "a@x", primary: true }] } },
    ],
  ])("%s: %s", (_client, _shape, body, stored) => {
    const { user } = parseUser({ userName: "j", ...body });

    expect(user).toEqual({ userName: "j", externalId: null, active: true, attributes: {}, ...stored });
  });
});
