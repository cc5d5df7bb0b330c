import { describe, expect, it } from "vitest";
import { findFaults, type Reply } from "./compare-reply.ts";

const LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

function reply(status: number, body?: unknown, headers: Record<string, string> = {}): Reply {
  return { status, headers: new Headers(headers), text: body === undefined ? "" : JSON.stringify(body), body };
}

describe("an answer is compared with what a provider accepts", () => {
  const body = {
    schemas: [LIST],
    totalResults: 2,
    members: [{ value: "a", display: "Ada" }, { value: "b" }],
    "urn:x:2.0:User": { department: "d" },
  };

  it.each([
    ["a part of it", { status: 200, body: { totalResults: 2, "urn:x:2.0:User": { department: "d" } } }],
    ["a list in any order", { status: 200, exactly: { members: [{ value: "b" }, { value: "a" }] } }],
    ["some of a list", { status: 200, contains: { members: [{ value: "b" }] } }],
    ["a number", { status: 200, atLeast: { totalResults: 2 } }],
    ["no list for an empty one", { status: 200, exactly: { Resources: [] } }],
    ["absence", { status: 200, absent: ["id", "urn:x:2.0:User.manager"], headers: { etag: null } }],
  ])("and is right: %s", (_what, expected) => {
    expect(findFaults(reply(200, body), expected)).toEqual([]);
  });

  it.each([
    ["another status", { status: 204 }, /^status 200 instead of 204/],
    ["another value", { status: 200, body: { totalResults: 1 } }, /^totalResults is 2 instead of 1$/],
    ["a text for a number", { status: 200, body: { totalResults: "2" } }, /^totalResults is 2 instead of "2"$/],
    ["a missing member", { status: 200, body: { id: "x" } }, /^id is missing instead of "x"$/],
    ["an element too many", { status: 200, body: { members: [{ value: "a" }] } }, /^members is \[/],
    ["the wrong order", { status: 200, body: { members: [{ value: "b" }, { value: "b" }] } }, /^members\.0\.value is/],
    ["a missing element", { status: 200, contains: { members: [{ value: "c" }] } }, /^members lacks \{"value":"c"\}$/],
    ["an element twice", { status: 200, contains: { members: [{ value: "a" }, { value: "a" }] } }, /^members lacks/],
    ["an extra element", { status: 200, exactly: { members: [{ value: "a" }] } }, /^members has \{"value":"b"\} too$/],
    ["no list at all", { status: 200, exactly: { totalResults: [] } }, /^totalResults is 2, no list$/],
    ["a list that is missing", { status: 200, contains: { Resources: [{ id: "x" }] } }, /^Resources lacks/],
    ["too small a number", { status: 200, atLeast: { totalResults: 3 } }, /^totalResults is 2, less than 3$/],
    ["no number", { status: 200, atLeast: { "bulk.maxOperations": 2 } }, /^bulk\.maxOperations is missing/],
    ["what should not be there", { status: 200, absent: ["urn:x:2.0:User.department"] }, /department is there: "d"$/],
    ["a header", { status: 200, headers: { "content-type": "application/json" } }, /^content-type is null instead/],
  ])("and is wrong: %s", (_what, expected, fault) => {
    expect(findFaults(reply(200, body), expected)).toEqual([expect.stringMatching(fault)]);
  });

  it("holds every answer to the protocol, whatever is expected", () => {
    expect(findFaults(reply(204, { id: "x" }), { status: 204 })).toEqual(['a 204 with a body: {"id":"x"}']);
    expect(findFaults(reply(201, { meta: { location: "/a" } }, { location: "/b" }), { status: 201 })).toEqual([
      'Location is /b, meta.location "/a"',
    ]);
    expect(findFaults(reply(404, { schemas: [], status: 404 }), { status: 404 })).toHaveLength(2);
  });
});
