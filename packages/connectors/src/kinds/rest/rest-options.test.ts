import type { Json } from "@muster/scim";
import { describe, expect, it } from "vitest";
import { applyTemplate, restProfile } from "./profile.ts";
import { readRestOptions } from "./read-rest-options.ts";
import { rest } from "./rest.ts";

const create = { method: "POST", path: '["users"]', body: '{"login": user.userName}' };
const list = { method: "GET", path: '["users"]', items: "body" };
const account = '{"id": item.id}';
const withCreate = (change: object): Json => ({ account, operations: { list, create: { ...create, ...change } } });

describe("H10: a template, before it is saved", () => {
  it.each<[string, Json, string]>([
    ["an unknown variable", withCreate({ body: '{"a": token}' }), 'create.body: The expression names "token"'],
    [
      "a variable of another operation",
      withCreate({ path: '["users", id]' }),
      'create.path: The expression names "id"',
    ],
    ["what is no CEL", withCreate({ body: "{{user}}" }), "create.body: The expression cannot be read"],
    ["a path that is a text", withCreate({ path: '"/users"' }), "create.path: it must be a list of segments"],
    ["a path out of the base URL", withCreate({ path: '["..", "admin"]' }), 'create.path: ".." is no segment'],
    ["an empty segment", withCreate({ path: '["", "evil.example"]' }), 'create.path: "" is no segment'],
    ["a header that signs in", withCreate({ headers: { Authorization: '"x"' } }), "create.headers.Authorization"],
    ["a key in a header", withCreate({ headers: { "x-api-key": '"x"' } }), "where it is sealed"],
    ["a header of HTTP", withCreate({ headers: { host: '"x"' } }), "create.headers.host"],
    ["a header's name that ends the line", withCreate({ headers: { "a\r\nb": '"x"' } }), "is no header name"],
    [
      "a header's value that ends the line",
      withCreate({ headers: { a: '"x\\r\\nhost: y"' } }),
      "create.headers.a: it must",
    ],
    ["a body that is no JSON", withCreate({ body: 'user.userName + "&a=b"' }), "create.body: it must be an object"],
    ["a query that is a text", withCreate({ query: '"a=b"' }), "create.query: it must be an object"],
    [
      "a success test that sees the person",
      withCreate({ success: "user.active" }),
      "create.success: The expression names",
    ],
    [
      "a cursor that is nowhere",
      { account, operations: { list: { ...list, paging: { style: "cursor" } } } },
      "list.paging.next",
    ],
    ["an update that is not there", { account, operations: { list, deactivate: "update" } }, "operations.deactivate"],
    ["nothing to tell whether it works", { account, operations: { create } }, "operations.check"],
    ["no templates at all", null, "it is missing"],
  ])("refuses %s by name", (_what, options, problem) => {
    expect(readRestOptions(options)).toEqual({ kind: "refused", problem: expect.stringContaining(problem) });
  });

  it("V86: bounds what an expression may cost", () => {
    const loops = `[${"1,".repeat(60)}1].map(a, ${"[1,2,3,4,5,6,7,8,9,10].map(b, ".repeat(8)}1${")".repeat(9)}`;
    const read = readRestOptions(withCreate({ body: `{"a": ${loops}}` }));
    expect(read).toEqual({ kind: "refused", problem: expect.stringMatching(/create\.body: .*(?:steps|nest|parts)/) });
  });

  it("takes its own example, with which the form begins", () => {
    const example = rest.metadata.fields.find(({ path }) => path === "options")?.example ?? "";

    expect(readRestOptions(JSON.parse(example) as Json)).toMatchObject({ kind: "read" });
  });

  it("takes what can be sent, and says what is missing by the abilities of the app", () => {
    const options = withCreate({ headers: { "idempotency-key": "idempotencyKey" } });
    expect(readRestOptions(options)).toEqual({ kind: "read", options });
    const { users, groups } = applyTemplate(restProfile, options);
    expect(users).toMatchObject({
      create: true,
      reads: false,
      lists: true,
      reactivate: false,
      lookups: {},
      changeable: { kind: "only", attributes: [] },
      deactivate: { effect: "impossible" },
      delete: { effect: "impossible" },
    });
    expect(groups.push).toBe(false);
  });
});
