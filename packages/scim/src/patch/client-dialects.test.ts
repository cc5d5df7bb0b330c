import { describe, expect, it } from "vitest";
import type { Attributes } from "../json.ts";
import { enterpriseUserUrn, patchOpUrn, userUrn } from "../urns.ts";
import { applyUserPatch, parseUser, type UserState } from "../user.ts";

const bare: UserState = { userName: "j", externalId: null, active: true, attributes: {} };

/** What is stored beside the user's own fields after the operations; `from` is what was stored before. */
type Case = [client: string, shape: string, from: Attributes, operations: unknown[], stored: Attributes];

const mobile = { type: "mobile", value: "+1" };
const admin = { value: '{"id":"1","displayName":"Admin"}', primary: true };

const cases: Case[] = [
  [
    "Entra",
    "one PascalCase operation per attribute",
    { title: "Old" },
    [
      { op: "Replace", path: "title", value: "New" },
      { op: "Add", path: "name.givenName", value: "J" },
      { op: "Remove", path: "nickName" },
      { op: "Add", path: `${enterpriseUserUrn}:department`, value: "S" },
    ],
    { title: "New", name: { givenName: "J" }, [enterpriseUserUrn]: { department: "S" } },
  ],
  [
    "Entra",
    "add to a phone that is not there",
    {},
    [{ op: "Add", path: 'phoneNumbers[type eq "mobile"].value', value: "+1" }],
    { phoneNumbers: [mobile] },
  ],
  [
    "Entra",
    "replace of a phone that is not there, beside another",
    { phoneNumbers: [{ type: "work", value: "+2" }] },
    [{ op: "Replace", path: 'phoneNumbers[type eq "mobile"].value', value: "+1" }],
    { phoneNumbers: [{ type: "work", value: "+2" }, mobile] },
  ],
  [
    "Entra",
    "replace of a phone that is there",
    { phoneNumbers: [mobile] },
    [{ op: "Replace", path: 'phoneNumbers[type eq "mobile"].value', value: "+3" }],
    { phoneNumbers: [{ type: "mobile", value: "+3" }] },
  ],
  [
    "Entra",
    "removal of a phone by its value part",
    { phoneNumbers: [mobile] },
    [{ op: "Remove", path: 'phoneNumbers[type eq "mobile"].value' }],
    {},
  ],
  [
    "Entra",
    "parts of an address that is not there, one by one",
    {},
    [
      { op: "Add", path: 'addresses[type eq "work"].locality', value: "Rome" },
      { op: "Add", path: 'addresses[type eq "work"].country', value: "IT" },
    ],
    { addresses: [{ type: "work", locality: "Rome", country: "IT" }] },
  ],
  [
    "Entra",
    "roles chosen by primary as a string",
    { roles: [{ value: "old", primary: true }] },
    [{ op: "Replace", path: 'roles[primary eq "True"].value', value: admin.value }],
    { roles: [admin] },
  ],
  [
    "Entra",
    "roles chosen by primary, none there",
    {},
    [{ op: "Add", path: 'roles[primary eq "True"].value', value: admin.value }],
    { roles: [admin] },
  ],
  [
    "Entra",
    "manager as a bare string",
    {},
    [{ op: "Add", path: `${enterpriseUserUrn}:manager`, value: "7" }],
    { [enterpriseUserUrn]: { manager: { value: "7" } } },
  ],
  [
    "Entra",
    "another manager, the old reference goes",
    { [enterpriseUserUrn]: { manager: { value: "7", $ref: "/Users/7" } } },
    [{ op: "Replace", path: `${enterpriseUserUrn}:manager`, value: "8" }],
    { [enterpriseUserUrn]: { manager: { value: "8" } } },
  ],
  [
    "Entra",
    "manager in a list, without URN",
    {},
    [{ op: "Add", path: "manager", value: [{ $ref: "/Users/7", value: "7" }] }],
    { [enterpriseUserUrn]: { manager: { value: "7", $ref: "/Users/7" } } },
  ],
  ...["Add", "Replace"].map(
    (op): Case => [
      "Entra",
      `manager cleared by ${op} of ""`,
      { [enterpriseUserUrn]: { manager: { value: "7" } } },
      [{ op, path: `${enterpriseUserUrn}:manager`, value: "" }],
      {},
    ],
  ),
  [
    "Entra with its flag",
    "one path-less operation with dotted and URN keys",
    { name: { familyName: "Doe" }, [enterpriseUserUrn]: { division: "D" } },
    [
      {
        op: "replace",
        value: {
          displayName: "Jane",
          "name.givenName": "J",
          [`${enterpriseUserUrn}:department`]: "S",
          'emails[type eq "work"].value': "j@w",
        },
      },
    ],
    {
      displayName: "Jane",
      name: { familyName: "Doe", givenName: "J" },
      emails: [{ type: "work", value: "j@w" }],
      [enterpriseUserUrn]: { division: "D", department: "S" },
    },
  ],
  [
    "Okta",
    "path-less replace with a password, id and schemas",
    { title: "T" },
    [{ op: "replace", value: { id: "1", schemas: [userUrn], password: "secret", groups: [] } }],
    { title: "T" },
  ],
  [
    "JumpCloud",
    "a replace per attribute, lists whole",
    { emails: [{ value: "old", type: "work", primary: true }] },
    [
      { op: "replace", path: "emails", value: [{ value: "new", type: "work", primary: true }] },
      { op: "replace", path: "phoneNumbers", value: null },
      { op: "replace", path: "name", value: { givenName: "J" } },
    ],
    { emails: [{ value: "new", type: "work", primary: true }], name: { givenName: "J" } },
  ],
  [
    "Keycloak",
    "booleans as strings",
    {},
    [{ op: "replace", value: { active: "true", emails: [{ value: "j@w", primary: "true" }] } }],
    { emails: [{ value: "j@w", primary: true }] },
  ],
  [
    "any client",
    "unknown attributes and schemas",
    { title: "T" },
    [
      { op: "add", path: "favouriteColour", value: "green" },
      { op: "replace", path: "urn:example:ext:User:badge", value: "1" },
      { op: "replace", value: { "urn:example:ext:User": { badge: 1 }, shoe: { size: 1 } } },
      { op: "replace", path: 'pets[kind eq "cat"].name', value: "Tom" },
    ],
    { title: "T" },
  ],
  [
    "any client",
    "removal of listed values",
    { emails: [{ value: "a", type: "work", primary: true }, { value: "b" }] },
    [{ op: "remove", path: "emails", value: [{ value: "a" }] }],
    { emails: [{ value: "b" }] },
  ],
];

describe("B6, B7: PATCH as clients send it", () => {
  it.each(cases)("%s: %s", (_client, _shape, from, operations, stored) => {
    const body = { schemas: [patchOpUrn], Operations: operations };

    const { user } = applyUserPatch({ ...bare, attributes: from }, body);

    expect(user).toEqual({ ...bare, attributes: stored });
  });

  it("notes a dialect that was taken, without what stands in brackets or values", () => {
    const operations = [
      { op: "Replace", path: 'phoneNumbers[type eq "mobile"].value', value: "+1-secret" },
      { op: "replace", value: { "name.givenName": "secret", 'emails[value eq "secret"].type': null } },
    ];

    const { notes } = applyUserPatch(bare, { Operations: operations });

    expect(notes).toEqual([
      { seen: 'op "Replace"', taken: "replace" },
      { seen: "replace phoneNumbers[...].value without such an element", taken: "a new element" },
      { seen: "a path as a key", taken: "name.givenName" },
      { seen: "a path as a key", taken: "emails.type" },
    ]);
  });
});

describe("B7: POST and PUT as clients send them", () => {
  it.each<[string, unknown, Partial<UserState>]>([
    [
      "Entra: create",
      {
        schemas: [userUrn, enterpriseUserUrn],
        externalId: "0a21f0f2",
        userName: "j",
        active: true,
        roles: [],
        meta: { resourceType: "User" },
        name: { formatted: "J D", familyName: "D", givenName: "J" },
      },
      { externalId: "0a21f0f2", attributes: { name: { formatted: "J D", familyName: "D", givenName: "J" } } },
    ],
    [
      "Okta: create with password and groups",
      { schemas: [userUrn], userName: "j", password: "1mz050nq", groups: [], locale: "en-US", active: true },
      { attributes: { locale: "en-US" } },
    ],
    [
      "JumpCloud: full PUT with id, empty lists and emails null",
      {
        schemas: [userUrn, enterpriseUserUrn],
        id: "5f",
        externalId: "5f3c9c1a2b4d6e8f0a1b2c3d",
        userName: "j",
        active: false,
        emails: null,
        photos: [],
        addresses: [],
        phoneNumbers: [{ type: "mobile", value: "tel:+1-555" }],
      },
      {
        externalId: "5f3c9c1a2b4d6e8f0a1b2c3d",
        active: false,
        attributes: { phoneNumbers: [{ type: "mobile", value: "tel:+1-555" }] },
      },
    ],
    [
      "OneLogin: template with id null, active as a string and a draft URN",
      { schemas: ["urn:scim:schemas:core:2.0"], id: null, userName: "j", active: "true", emails: [{ value: "" }] },
      { attributes: {} },
    ],
    [
      "Google: URN of SCIM 1",
      { schemas: ["urn:scim:schemas:core:1.0", userUrn], userName: "j", active: "FALSE" },
      { active: false, attributes: {} },
    ],
    [
      "Keycloak: e-mail without a type",
      { schemas: [userUrn], userName: "j", externalId: "k", emails: [{ primary: true, value: "j@w" }] },
      { externalId: "k", attributes: { emails: [{ primary: true, value: "j@w" }] } },
    ],
    [
      "authentik: photos and a display name",
      { schemas: [userUrn], userName: "j", externalId: "u", displayName: "J", photos: [{ value: "https://p/1" }] },
      { externalId: "u", attributes: { displayName: "J", photos: [{ value: "https://p/1" }] } },
    ],
  ])("%s", (_, body, stored) => {
    expect(parseUser(body).user).toEqual({ ...bare, ...stored });
  });
});
