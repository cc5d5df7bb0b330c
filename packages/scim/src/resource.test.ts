import { describe, expect, it } from "vitest";
import { refusalOf } from "./refusal.fixture.ts";
import { toGroupResource, toUserResource } from "./resource.ts";
import { attribute } from "./schemas/definition.ts";
import { resourceTypes, schemas, serviceProviderConfig } from "./schemas/discovery.ts";
import { compileResourceSchema } from "./schemas/registry.ts";
import { userDefinition } from "./schemas/user.ts";
import { ScimError, toErrorBody } from "./scim-error.ts";
import { enterpriseUserUrn, errorUrn, groupUrn, userUrn } from "./urns.ts";
import { applyUserPatch, parseUser } from "./user.ts";
import { formatVersion, parseIfMatch, parseIfNoneMatch } from "./version.ts";

const meta = {
  id: "1",
  created: new Date("2030-01-31T12:00:00Z"),
  lastModified: new Date("2030-02-01T12:00:00Z"),
  version: 3,
  location: "https://gateway.example/scim/v2/Users/1",
};
const shownMeta = {
  created: "2030-01-31T12:00:00.000Z",
  lastModified: "2030-02-01T12:00:00.000Z",
  version: 'W/"3"',
  location: meta.location,
};

describe("toUserResource", () => {
  it("lists an extension's URI exactly when the extension has values", () => {
    const bare = parseUser({ userName: "j", schemas: [userUrn, enterpriseUserUrn] }).user;
    const full = parseUser({ userName: "j", [enterpriseUserUrn]: { department: "S" } }).user;

    expect(toUserResource(bare, meta)["schemas"]).toEqual([userUrn]);
    expect(toUserResource(full, meta)["schemas"]).toEqual([userUrn, enterpriseUserUrn]);
  });

  it("shows what is kept, its id, its groups and its meta", () => {
    const { user } = parseUser({ userName: "j", externalId: "e", active: false, title: "T" });
    const groups = [{ value: "g", display: "G", $ref: "/Groups/g" }];

    expect(toUserResource(user, meta, groups)).toEqual({
      schemas: [userUrn],
      id: "1",
      externalId: "e",
      userName: "j",
      title: "T",
      active: false,
      groups,
      meta: { resourceType: "User", ...shownMeta },
    });
  });

  it("comes back the same when a client PUTs what it read", () => {
    const { user } = parseUser({ userName: "j", emails: [{ value: "a" }], [enterpriseUserUrn]: { department: "S" } });
    const resource: unknown = JSON.parse(JSON.stringify(toUserResource(user, meta)));

    expect(parseUser(resource).user).toEqual(user);
  });
});

describe("toGroupResource", () => {
  const group = { displayName: "G", externalId: null, attributes: {} };
  const bare = { schemas: [groupUrn], id: "1", displayName: "G", meta: { resourceType: "Group", ...shownMeta } };

  it("shows members if they were read, also when there are none", () => {
    const members = [{ value: "1", $ref: "/Users/1" }];

    expect(toGroupResource(group, meta)).toEqual(bare);
    expect(toGroupResource(group, meta, [])).toEqual({ ...bare, members: [] });
    expect(toGroupResource(group, meta, members)).toEqual({ ...bare, members });
  });
});

describe("versions", () => {
  it.each<[string | undefined, readonly number[] | "any" | null]>([
    [undefined, null],
    [" ", null],
    ["*", "any"],
    ['W/"3"', [3]],
    ['"3"', [3]],
    ["w/3", [3]],
    ['W/"other", W/"4" , "5"', [4, 5]],
    [formatVersion(12), [12]],
  ])("If-Match %j asks for %j", (header, version) => {
    expect(parseIfMatch(header)).toEqual(version);
  });

  it.each(['W/"x"', '"-1"', "3.5", `"${"9".repeat(40)}"`])("If-Match %j matches nothing", (header) => {
    expect(refusalOf(() => parseIfMatch(header)).status).toBe(412);
    expect(parseIfNoneMatch(header)).toEqual([]);
  });
});

describe("toErrorBody", () => {
  it("has the status as a string, and a scimType only if there is one", () => {
    const cause = new Error("below");
    const error = new ScimError(409, "uniqueness", "userName is taken", { cause });

    expect(error.cause).toBe(cause);
    expect(toErrorBody(error)).toEqual({
      schemas: [errorUrn],
      status: "409",
      scimType: "uniqueness",
      detail: "userName is taken",
    });
    expect(toErrorBody(new ScimError(404, undefined, "gone"))).not.toHaveProperty("scimType");
  });
});

describe("discovery", () => {
  it("tells the truth, and never announces 0 or 1 bulk operations", () => {
    const config = serviceProviderConfig({
      baseUrl: "https://gateway.example/scim/v2/",
      maxResults: 200,
      defaultCount: 100,
      bulk: { maxOperations: 1_000, maxPayloadBytes: 1_048_576 },
    });

    expect(config).toMatchObject({
      patch: { supported: true },
      bulk: { supported: true, maxOperations: 1_000, maxPayloadSize: 1_048_576 },
      filter: { supported: true, maxResults: 200 },
      sort: { supported: true },
      pagination: {
        cursor: true,
        index: true,
        defaultPaginationMethod: "index",
        defaultPageSize: 100,
        maxPageSize: 200,
      },
      etag: { supported: true },
      changePassword: { supported: false },
      authenticationSchemes: [{ type: "oauthbearertoken" }],
      meta: { location: "https://gateway.example/scim/v2/ServiceProviderConfig" },
    });
  });

  it("lists the resource types and every schema they name", () => {
    const types = resourceTypes("https://g/scim");
    const ids = schemas("https://g/scim").map((schema) => schema["id"]);

    expect(types.map((type) => [type["id"], type["endpoint"], type["schema"]])).toEqual([
      ["User", "/Users", userUrn],
      ["Group", "/Groups", groupUrn],
    ]);
    expect(types[0]?.["schemaExtensions"]).toEqual([{ schema: enterpriseUserUrn, required: false }]);
    expect(ids).toEqual([userUrn, enterpriseUserUrn, groupUrn]);
  });

  it("describes each attribute with all characteristics", () => {
    const attributes = schemas("https://g/scim").flatMap((schema) => schema["attributes"]);

    expect(attributes.length).toBeGreaterThan(25);
    for (const described of attributes) {
      expect(described).toMatchObject({
        name: expect.any(String),
        type: expect.any(String),
        multiValued: expect.any(Boolean),
        description: expect.any(String),
        required: expect.any(Boolean),
        caseExact: expect.any(Boolean),
        mutability: expect.any(String),
        returned: expect.any(String),
        uniqueness: expect.any(String),
      });
    }
  });
});

describe("a directory's own extension", () => {
  const urn = "urn:example:acme:2.0:User";
  const acme = compileResourceSchema("User", userDefinition, [
    {
      id: urn,
      name: "Acme",
      description: "Acme",
      attributes: [
        attribute("badges", "Badges", { multiValued: true }),
        attribute("floor", "Floor", { type: "integer" }),
        attribute("since", "Since", { type: "dateTime" }),
      ],
    },
  ]);
  const { user } = parseUser(
    { userName: "j", [urn]: { badges: ["a", "b", "a"], floor: 3, since: "2030-01-31T12:00:00Z" } },
    acme,
  );

  it("is parsed, patched and listed like a standard one", () => {
    const Operations = [
      { op: "add", path: `${urn}:badges`, value: ["b", "c"] },
      { op: "remove", path: `${urn}:badges[value eq "A"]` },
      { op: "replace", value: { [`${urn}:floor`]: 4 } },
    ];

    const patched = applyUserPatch(user, { Operations }, acme).user;

    expect(user.attributes).toEqual({ [urn]: { badges: ["a", "b"], floor: 3, since: "2030-01-31T12:00:00Z" } });
    expect(patched.attributes).toEqual({ [urn]: { badges: ["b", "c"], floor: 4, since: "2030-01-31T12:00:00Z" } });
    expect(toUserResource(patched, meta)["schemas"]).toEqual([userUrn, urn]);
    expect(schemas("https://g", [acme]).map((schema) => schema["id"])).toEqual([userUrn, urn]);
  });

  it.each([{ floor: 1.5 }, { floor: "3" }, { since: "yesterday" }, { since: "2030" }, { badges: [1] }])(
    "refuses %j",
    (extension) => {
      expect(refusalOf(() => parseUser({ userName: "j", [urn]: extension }, acme)).scimType).toBe("invalidValue");
    },
  );

  it.each(["__proto__", "constructor", "toString", "a b", "", "1a"])("V40: may not name an attribute %j", (name) => {
    const definition = { id: urn, name: "x", description: "x", attributes: [attribute(name, "x")] };

    expect(() => compileResourceSchema("User", userDefinition, [definition])).toThrow(RangeError);
  });

  it("may not define a name twice, nor have a URI without a colon", () => {
    const definition = { id: urn, name: "x", description: "x", attributes: [attribute("a", "x"), attribute("A", "x")] };

    expect(() => compileResourceSchema("User", userDefinition, [definition])).toThrow(RangeError);
    expect(() =>
      compileResourceSchema("User", userDefinition, [{ ...definition, id: "__proto__", attributes: [] }]),
    ).toThrow(RangeError);
  });
});
