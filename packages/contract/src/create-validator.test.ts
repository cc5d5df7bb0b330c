import { describe, expect, it } from "vitest";
import { changed, issuesOf } from "./fixtures/change-body.ts";
import { exampleAnswers, exampleBodies } from "./fixtures/examples.ts";
import { createValidator, type Operation, operations } from "./index.ts";

const UUID = "018f7f6a-1c00-7000-8000-000000000009";
const validator = createValidator();
const all = Object.values<Operation>(operations);
const bodies: Record<string, unknown> = exampleBodies;
const answers: Record<string, unknown> = exampleAnswers;
const withBody = all.filter((operation) => operation.body !== undefined);

describe("what is taken", () => {
  it.each(withBody)("takes the example body of $id", (operation) => {
    expect(validator.body(operation, bodies[operation.id])).toBe(bodies[operation.id]);
  });

  it.each(all)("takes the example answer of $id", (operation) => {
    expect(issuesOf(() => validator.success(operation, answers[operation.id]))).toEqual([]);
  });

  it.each([
    { scheme: "bearer", token: "a" },
    { scheme: "header", name: "X-Api-Key", value: "two words" },
    { scheme: "header", name: "Authorization", value: "Token abc" },
    { scheme: "basic", username: "ada", password: "" },
    { scheme: "basic", username: "Ådä", password: "pa:ss 👀" },
    { scheme: "certificate" },
    {
      scheme: "oauthClientCredentials",
      tokenUrl: "https://id.example/token?p=policy",
      clientId: "c",
      clientSecret: "s",
      clientSecretIn: "body",
    },
    {
      scheme: "oauthPrivateKeyJwt",
      tokenUrl: "https://id.example/t",
      clientId: "c",
      privateKey: "-----\n",
      resource: "r",
    },
    { scheme: "oauthJwtBearer", tokenUrl: "https://id.example/t", issuer: "i", privateKey: "k", lifetimeSeconds: 30 },
  ])("takes the credential %j", (auth) => {
    expect(
      issuesOf(() => validator.body(operations.createConnection, changed("createConnection", "/target/auth", auth))),
    ).toEqual([]);
  });

  it("takes nothing, null or an empty object where an operation has no body", () => {
    for (const value of [undefined, null, {}])
      expect(validator.body(operations.retryConnection, value)).toBeUndefined();

    expect(issuesOf(() => validator.body(operations.retryConnection, { all: true }))).toEqual([
      { path: "", rule: "unexpected", message: "the body must be empty: retryConnection takes none" },
    ]);
  });

  it("fills in no defaults and changes nothing", () => {
    const body = Object.freeze({ paused: false });

    expect(validator.body(operations.updateConnection, body)).toEqual({ paused: false });
    expect(validator.body(operations.putAssignments, {})).toEqual({});
    expect(validator.query(operations.listApps, {})).toEqual({});
  });
});

describe("queries and paths", () => {
  it("reads integers from digits, and nothing else from text", () => {
    expect(validator.query(operations.listAccounts, { pageSize: "200", state: "held", userName: "5" })).toEqual({
      pageSize: 200,
      state: "held",
      userName: "5",
    });
    expect(validator.query(operations.listApps, {})).toEqual({});
    expect(validator.query(operations.listApps, undefined)).toEqual({});
    expect(validator.query(operations.getApp, {})).toEqual({});
  });

  it.each([
    [{ pageSize: "0" }, "pageSize must be a whole number from 1 to 200"],
    [{ pageSize: "201" }, "pageSize must be a whole number from 1 to 200"],
    [{ pageSize: "1e2" }, "pageSize must be a whole number from 1 to 200"],
    [{ pageSize: "" }, "pageSize must be a whole number from 1 to 200"],
    [{ pageSize: " 5" }, "pageSize must be a whole number from 1 to 200"],
    [{ pageSize: ["5", "6"] }, "pageSize must be a whole number from 1 to 200"],
    [{ pageToken: "a b" }, "pageToken must be the nextPageToken of an earlier page, unchanged"],
    [{ pageToken: "" }, "pageToken must be the nextPageToken of an earlier page, unchanged"],
    [{ state: "SYNCED" }, 'state must be one of "synced", "pending"'],
    [{ userName: ["a", "b"] }, "userName must be 1 to 1024 characters"],
    [{ tenantId: "x" }, "tenantId is not taken here: leave it out (taken: pageSize, pageToken, userName, state)"],
    [JSON.parse('{"__proto__": "x"}'), "__proto__ is not taken here"],
  ])("refuses the query %j", (query, message) => {
    expect(issuesOf(() => validator.query(operations.listAccounts, query)).map((issue) => issue.message)).toEqual([
      expect.stringContaining(message),
    ]);
  });

  it("refuses a query where none is taken", () => {
    expect(issuesOf(() => validator.query(operations.getApp, { x: "1" }))).toHaveLength(1);
  });

  it("takes only uuids in a path", () => {
    expect(validator.params(operations.getTenant, { tenantId: UUID }).tenantId).toBe(UUID);
    expect(issuesOf(() => validator.params(operations.getTenant, { tenantId: "acme" }))).toEqual([
      { path: "/tenantId", rule: "pattern", message: "tenantId must be a uuid in lower case, as the API answered it" },
    ]);
  });
});
