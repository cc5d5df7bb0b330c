import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  changed,
  isReference,
  issuesOf,
  memberIsKnown,
  objectPointers,
  stringPointers,
} from "./fixtures/change-body.ts";
import { exampleBodies } from "./fixtures/examples.ts";
import { createValidator, type Operation, type OperationId, operations } from "./index.ts";

const validator = createValidator();
const all = Object.values<Operation>(operations);
const bodies: Record<string, unknown> = exampleBodies;
const withBody = all.filter((operation) => operation.body !== undefined);

const UUID = "018f7f6a-1c00-7000-8000-000000000009";
const nameFix = "a name of 1 to 200 characters, not only blanks, without control characters";
const urlFix = "target.baseUrl must be an absolute http or https URL without user name, password, query or fragment";
const refusals: [keyof typeof exampleBodies, string, unknown, string][] = [
  ["createApp", "/name", undefined, "name is missing: add it"],
  ["createApp", "/name", "", `name must be ${nameFix}`],
  ["createApp", "/name", " \u3000 ", `name must be ${nameFix}`],
  ["createApp", "/name", "x".repeat(201), `name must be ${nameFix}`],
  ["createApp", "/name", 7, `name must be ${nameFix}`],
  ["createApp", "/name", null, `name must be ${nameFix}`],
  ["createApp", "/roles", {}, "roles must be a list"],
  ["createApp", "/roles/0", "admin", "roles[0] must be an object"],
  ["createApp", "/roles/0/key", "_admin", "roles[0].key must be a role key: 1 to 100 letters"],
  ["createApp", "/roles/0/key", "a".repeat(101), "roles[0].key must be a role key: 1 to 100 letters"],
  ["createApp", "/roles/0/key", "admin\n", "roles[0].key must be a role key"],
  ["createApp", "/roles/1/key", "ADMIN", "roles[1].key repeats an earlier one"],
  [
    "createApp",
    "/roles",
    Array.from({ length: 201 }, (_, n) => ({ key: `r${n}`, name: "r" })),
    "roles has too many items: give at most 200",
  ],
  ["createTenant", "/externalId", "", "externalId must be your own id of the customer: 1 to 200 characters"],
  ["createDirectory", "/provider", "active-directory", 'provider must be one of "jumpcloud", "okta", "entra"'],
  ["createDirectory", "/provider", "Okta", "provider must be one of"],
  ["createDirectory", "/provider", undefined, "provider is missing: add it"],
  ["updateTenant", "/suspended", "true", "suspended must be true or false"],
  ["updateDirectory", "/allowedAddresses", [], "allowedAddresses has too few items: give at least 1"],
  ["updateDirectory", "/allowedAddresses/0", "example.com", "allowedAddresses[0] must be an address or a CIDR"],
  ["updateDirectory", "/allowedAddresses", "192.0.2.1", "allowedAddresses must be a list or null"],
  ["updateDirectory", "/requestsPerSecond", 0, "requestsPerSecond must be a whole number from 1 to 100000 or null"],
  ["updateDirectory", "/memberMatching/0", "email", 'memberMatching[0] must be one of "externalId", "userName"'],
  ["updateDirectory", "/requestLog", {}, "requestLog is empty: give at least one member (taken: days, bodies)"],
  ["createDirectoryToken", "/scopes/0", "users:write", 'scopes[0] must be one of "users:read"'],
  ["createDirectoryToken", "/scopes", [], "scopes has too few items: give at least 1"],
  ["createDirectoryToken", "/scopes", ["users:read", "users:read"], "scopes has an item twice: give each once"],
  ["createDirectoryToken", "/expiresInDays", 731, "expiresInDays must be a whole number from 1 to 730"],
  ["createDirectoryToken", "/overlapHours", 169, "overlapHours must be a whole number from 0 to 168"],
  ["createDirectoryToken", "/replaces", "mst_scim_x", "replaces must be a token's public id"],
  ["createConnection", "/appId", "1", "appId must be a uuid in lower case"],
  ["createConnection", "/appId", UUID.toUpperCase(), "appId must be a uuid in lower case"],
  ["createConnection", "/appId", `urn:uuid:${UUID}`, "appId must be a uuid in lower case"],
  [
    "createConnection",
    "/target/kind",
    "ldap",
    'target.kind must be one of "scim", "scim1", "jumpcloud", "webhook", "rest"',
  ],
  ["createConnection", "/target/auth", undefined, "target.auth is missing: add it"],
  [
    "createConnection",
    "/target/auth",
    {},
    'target.auth.scheme must be one of "bearer", "header", "basic", "certificate", "oauthClientCredentials", "oauthPrivateKeyJwt", "oauthJwtBearer", "oauthAuthorizationCode"',
  ],
  [
    "createConnection",
    "/target/auth",
    { scheme: "oauth" },
    'target.auth.scheme must be one of "bearer", "header", "basic", "certificate", "oauthClientCredentials", "oauthPrivateKeyJwt", "oauthJwtBearer", "oauthAuthorizationCode"',
  ],
  ["createConnection", "/target/auth", "x", "target.auth must be an object"],
  ["createConnection", "/target/auth/token", "Bearer abc", "without the word Bearer"],
  ["createConnection", "/target/auth/token", "abc\r\nX-Role: owner", "target.auth.token must be the bare token"],
  [
    "createConnection",
    "/target/auth",
    { scheme: "bearer", token: "a", password: "b" },
    "target.auth.password is not taken here: leave it out (taken: scheme, token)",
  ],
  [
    "createConnection",
    "/target/auth",
    { scheme: "header", name: "X-Key", value: "a\nb" },
    "target.auth.value must be 1 to 8192 ASCII characters",
  ],
  [
    "createConnection",
    "/target/auth",
    { scheme: "header", name: "Transfer-Encoding", value: "a" },
    "target.auth.name must be a header name",
  ],
  [
    "createConnection",
    "/target/auth",
    { scheme: "basic", username: "a:b", password: "c" },
    "target.auth.username must be 1 to 1024 characters without colon",
  ],
  ["createConnection", "/target/baseUrl", "ftp://ledger.example/scim", urlFix],
  ["createConnection", "/target/baseUrl", `https://ledger.example/${"x".repeat(2000)}`, urlFix],
  ["createConnection", "/profile", "../etc", "profile must be a profile's key"],
  ["createConnection", "/profile", "__proto__", "profile must be a profile's key"],
  [
    "createConnection",
    "/settings/onLeave",
    "ignore",
    'settings.onLeave must be one of "deactivate", "delete", "leave"',
  ],
  ["createConnection", "/settings/maxInFlight", 65, "settings.maxInFlight must be a whole number from 1 to 64"],
  ["createConnection", "/settings/maxInFlight", "16", "settings.maxInFlight must be a whole number from 1 to 64"],
  ["createConnection", "/settings/maxInFlight", 1.5, "settings.maxInFlight must be a whole number from 1 to 64"],
  [
    "createConnection",
    "/settings/ratePerSecond",
    0,
    "settings.ratePerSecond must be a whole number from 1 to 10000 or null",
  ],
  ["updateConnection", "/paused", "true", "paused must be true or false"],
  ["updateConnection", "/name", null, `name must be ${nameFix}`],
  ["updateConnection", "/settings/burst", 1, "settings.burst is not taken here: leave it out (taken: onLeave,"],
  ["putAssignments", "/everyone", 1, "everyone must be true or false"],
  ["putAssignments", "/groups/0", {}, "groups[0] is empty: give at least one member (taken: id, displayName)"],
  ["putAssignments", "/groups/0/id", "Staff", "groups[0].id must be a uuid in lower case"],
  ["putAssignments", "/groups/1/displayName", "", "groups[1].displayName must be a group's display name"],
  [
    "putAssignments",
    "/groups",
    Array.from({ length: 1001 }, () => ({ id: UUID })),
    "groups has too many items: give at most 1000",
  ],
  ["putAssignments", "/people/0", {}, "people[0] is empty"],
  ["putAssignments", "/condition", "", "condition must be"],
  ["putAssignments", "/starts/daysBefore", -1, "starts.daysBefore must be"],
  ["putAssignments", "/ends/expression", undefined, "ends.expression is missing: add it"],
  ["putRules", "/precedence", "last", 'precedence must be one of "first", "highest", "all"'],
  ["putRules", "/defaultRole", "", "defaultRole must be a role key"],
  ["putRules", "/rules", undefined, "rules is missing: add it"],
  ["putRules", "/rules/0/role", undefined, "rules[0].role is missing: add it"],
  ["putRules", "/rules/2/group/prefix", "", "rules[2].group.prefix must be"],
  ["putRules", "/rules/4/condition", "x".repeat(4001), "rules[4].condition must be"],
  ["putRules", "/personRoles", "all", 'personRoles must be one of "ignored", "declared"'],
  ["putRules", "/manualRoles", "open", 'manualRoles must be one of "locked", "editable"'],
  ["putRules", "/rules/1/role", "no blanks", "rules[1].role must be a role key"],
  [
    "putRules",
    "/rules",
    Array.from({ length: 1001 }, () => ({ group: { id: UUID }, role: "a" })),
    "rules has too many items: give at most 1000",
  ],
];

describe("what a validator refuses", () => {
  it.each(refusals)("%s with %s as %j: %#", (id, pointer, value, message) => {
    const issues = issuesOf(() => validator.body(operations[id], changed(id, pointer, value)));

    expect(issues.map((issue) => issue.message)).toEqual([expect.stringContaining(message)]);
    expect(issues[0]?.path.startsWith(pointer)).toBe(true);
  });

  it.each(
    withBody.flatMap((operation) =>
      [undefined, null, [], "{}", 0, true]
        .filter((value) => value !== undefined || operation.bodyOptional !== true)
        .map((value) => ({ id: operation.id, operation, value })),
    ),
  )("$id refuses $value for a body", ({ operation, value }) => {
    expect(issuesOf(() => validator.body(operation, value))).toEqual([
      { path: "", rule: "type", message: "the body must be an object" },
    ]);
  });

  it("takes no body for an empty one only where the operation says so", () => {
    expect(validator.body(operations.createDirectoryToken, undefined)).toEqual({});
    expect(validator.body(operations.createDirectoryClient, undefined)).toEqual({});
    expect(issuesOf(() => validator.body(operations.updateDirectory, undefined))).toHaveLength(1);
  });

  it("looks at own members only", () => {
    const inherited: unknown = Object.create({ name: "Acme" });

    expect(issuesOf(() => validator.body(operations.createTenant, inherited))).toMatchObject([
      { path: "/name", rule: "required" },
    ]);
  });

  it("refuses an update that changes nothing", () => {
    expect(issuesOf(() => validator.body(operations.updateConnection, {}))).toEqual([
      {
        path: "",
        rule: "minProperties",
        message:
          "the body is empty: give at least one member (taken: name, target, profile, settings, paused, learnedProfile)",
      },
    ]);
  });

  it.each(withBody)("V25: $id refuses members that are not the caller's to set, at every level", ({ id }) => {
    const operation: Operation = operations[id as OperationId];
    const foreign = [
      "id",
      "tenantId",
      "tenant_id",
      "workspaceId",
      "owner",
      "kind",
      "createdBy",
      "created_by",
      "createdAt",
      "state",
      "version",
      "__proto__",
      "constructor",
      "toString",
    ];
    const places = objectPointers(bodies[id], "");

    for (const place of places) {
      for (const member of foreign) {
        if (memberIsKnown(bodies[id], place, member) || (member === "id" && isReference(place))) continue;
        const body = changed(id as keyof typeof exampleBodies, `${place}/${member}`, "x");
        const issues = issuesOf(() => validator.body(operation, body));
        expect(issues, `${place}/${member}`).toEqual([
          expect.objectContaining({ path: `${place}/${member}`, rule: "unknown" }),
        ]);
      }
    }
    expect(places.length).toBeGreaterThan(0);
  });

  it("V33: a target cannot move to another URL, or be of another kind, without its credential", () => {
    const { auth: _auth, ...moved } = { ...exampleBodies.createConnection.target, baseUrl: "https://thief.example" };

    for (const target of [moved, { kind: "scim", baseUrl: moved.baseUrl }, { kind: "scim" }]) {
      expect(issuesOf(() => validator.body(operations.updateConnection, { target })).map(({ path }) => path)).toContain(
        "/target/auth",
      );
    }
    expect(
      issuesOf(() => validator.body(operations.updateConnection, { target: exampleBodies.createConnection.target })),
    ).toEqual([]);
  });

  it("H8, SA28: a target has what its kind has: the way to sign in, and an organisation of 24 digits", () => {
    const { target } = exampleBodies.updateConnection;
    const bearer = { scheme: "bearer", token: "t" };
    const targets = [
      [{ kind: "scim1", baseUrl: target.baseUrl, auth: bearer }, []],
      [{ kind: "scim1", baseUrl: target.baseUrl, auth: bearer, options: {} }, ["/target/options"]],
      [{ ...target, auth: bearer }, ["/target/auth/scheme"]],
      [{ ...target, options: { organizationId: "5f" } }, ["/target/options/organizationId"]],
      [{ ...target, kind: "scim11" }, ["/target/kind"]],
    ] as const;

    for (const [given, wrong] of targets) {
      const issues = issuesOf(() => validator.body(operations.updateConnection, { target: given }));
      expect([...new Set(issues.map(({ path }) => path.split("/").slice(0, 4).join("/")))], given.kind).toEqual(
        expect.arrayContaining([...wrong]),
      );
      expect(issues.length > 0, JSON.stringify(given)).toBe(wrong.length > 0);
    }
  });

  it("V02: provider names are a closed list and role keys are one without regard to case", () => {
    for (const provider of ["JUMPCLOUD", "scim", "credential", "bearer", "__proto__", "constructor"]) {
      expect(issuesOf(() => validator.body(operations.createDirectory, { provider }))).toHaveLength(1);
    }
    const roles = ["owner", "Owner"].map((key) => ({ key, name: key }));

    expect(issuesOf(() => validator.body(operations.createApp, { name: "a", roles }))).toMatchObject([
      { path: "/roles/1/key", rule: "unique" },
    ]);
  });

  it.each(["\u0000", "\u001f", "\u007f", "\u0085", "\ud800", "\udfff", "\udc00\ud800", "\ufffe", "\uffff"])(
    "V48: %j is refused in every string of every body",
    (bad) => {
      for (const { id } of withBody) {
        for (const pointer of stringPointers(bodies[id], "")) {
          const issues = issuesOf(() =>
            validator.body(
              operations[id as OperationId],
              changed(id as keyof typeof exampleBodies, pointer, `a${bad}b`),
            ),
          );
          expect(
            issues.map(({ path }) => path),
            pointer,
          ).toEqual([pointer]);
        }
      }
      for (const userName of [bad, `a${bad}`]) {
        expect(issuesOf(() => validator.query(operations.listUsers, { userName }))).toHaveLength(1);
      }
      expect(issuesOf(() => validator.params(operations.getTenant, { tenantId: bad }))).toHaveLength(1);
    },
  );

  it("says nothing that was sent as a value, so that no secret is in a message", () => {
    const canary = "canary-5f1d";
    for (const { id } of withBody) {
      for (const pointer of stringPointers(bodies[id], "")) {
        const issues = issuesOf(() =>
          validator.body(
            operations[id as OperationId],
            changed(id as keyof typeof exampleBodies, pointer, `${canary}\u0000`),
          ),
        );
        expect(issues).toHaveLength(1);
        expect(JSON.stringify(issues)).not.toContain(canary);
      }
    }
  });

  it("shows every mistake at once, but never more than twenty", () => {
    const issues = issuesOf(() =>
      validator.body(operations.createApp, { roles: [{ key: "-" }, { name: "" }], tenantId: "x" }),
    );
    const many = issuesOf(() => validator.body(operations.putRules, { precedence: "all", rules: Array(500).fill(0) }));

    expect(issues.map(({ path, rule }) => `${path} ${rule}`).sort()).toEqual([
      "/name required",
      "/roles/0/key pattern",
      "/roles/0/name required",
      "/roles/1/key required",
      "/roles/1/name minLength",
      "/tenantId unknown",
    ]);
    expect(many).toHaveLength(20);
  });

  it("names a strange member safely: quoted, escaped, cut short", () => {
    const [odd] = issuesOf(() => validator.body(operations.createTenant, { name: "a", "a/b~\n\ud800": 1 }));
    const [long] = issuesOf(() => validator.body(operations.createTenant, { name: "a", ["x".repeat(5000)]: 1 }));

    expect(odd?.message.startsWith('["a/b~\\n\ufffd"] is not taken here')).toBe(true);
    expect(odd?.path).toBe("/a~1b~0\n\ufffd");
    expect(long?.message.length).toBeLessThan(250);
  });

  it("R8: answers any JSON value with its own error or a value, never with another exception", () => {
    const json = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom<unknown>(...Object.values(bodies)));
    fc.assert(
      fc.property(fc.constantFrom(...all), json, (operation, value) => {
        for (const check of [validator.body, validator.query, validator.params, validator.success]) {
          for (const issue of issuesOf(() => check(operation, value))) expect(issue.message.length).toBeGreaterThan(10);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
