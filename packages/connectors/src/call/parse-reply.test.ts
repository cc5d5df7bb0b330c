import { errorUrn, listResponseUrn, userUrn } from "@muster/scim";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseObject, parseRemoteUser, parseScimError, parseUserList } from "./parse-reply.ts";

const user = (body: unknown) => parseRemoteUser(parseObject(JSON.stringify(body)));

describe("parseRemoteUser", () => {
  it("reads what a good server sends", () => {
    expect(user({ schemas: [userUrn], id: "7", externalId: "x", userName: "ada", active: false })).toMatchObject({
      remoteId: "7",
      externalId: "x",
      userName: "ada",
      active: false,
    });
  });

  it.each([
    [{ id: 7, userName: "ada" }, { remoteId: "7" }],
    [{ id: 0, userName: "ada" }, { remoteId: "0" }],
    [{ id: "7", userName: "ada", active: "True" }, { active: true }],
    [{ id: "7", userName: "ada", active: "false" }, { active: false }],
    [{ id: "7", userName: "ada", active: "maybe" }, { active: null }],
    [{ id: "7", userName: "ada", active: 1 }, { active: null }],
    [{ id: "7", userName: "ada", external_id: "x" }, { externalId: "x" }],
    [
      { id: "7", schemas: [userUrn] },
      { userName: null, externalId: null, active: null },
    ],
  ])("is lenient with %j", (body, expected) => {
    expect(user(body)).toMatchObject(expected);
  });

  it.each([
    { userName: "ada" },
    { id: "", userName: "ada" },
    { id: null, userName: "ada" },
    { id: { $oid: "7" }, userName: "ada" },
    { id: 2 ** 60, userName: "ada" },
    { id: "7", message: "please log in" },
    { schemas: [errorUrn], id: "7", userName: "ada", status: "409" },
    {},
  ])("takes %j for no user", (body) => {
    expect(user(body)).toBeNull();
  });
});

describe("parseUserList", () => {
  const list = (body: unknown) => parseUserList(JSON.stringify(body))?.map((found) => found.remoteId) ?? null;
  const ada = { id: "7", userName: "ada" };

  it.each([
    [{ schemas: [listResponseUrn], totalResults: 1, Resources: [ada] }, ["7"]],
    [{ schemas: [listResponseUrn], totalResults: 0 }, []],
    [{ totalResults: "0", Resources: null }, []],
    [{ Resources: [] }, []],
    [{ Resources: [ada, {}, null, "x", 5, []] }, ["7"]],
    [{ totalResults: 3 }, null],
    [{}, null],
    [[], null],
    [{ schemas: [errorUrn], Resources: [] }, null],
    [ada, null],
  ])("reads %j as %j", (body, expected) => {
    expect(list(body)).toEqual(expected);
  });
});

describe("any text at all", () => {
  it("F45: never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        parseUserList(body);
        parseScimError(body);
        parseRemoteUser(parseObject(body));
      }),
    );
  });

  it.each([
    ["arrays", "[".repeat(400_000) + "]".repeat(400_000)],
    ["objects", `${'{"a":'.repeat(150_000)}1${"}".repeat(150_000)}`],
    ["objects with an id", `{"id":"7","userName":"ada","x":${"[".repeat(200_000)}${"]".repeat(200_000)}}`],
  ])("V36: nested %s are no user and no stack overflow", (_kind, body) => {
    expect(parseObject(body)).toBeNull();
  });
});
