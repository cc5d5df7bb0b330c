import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.fixture.ts";
import { ScimError } from "../scim-error.ts";
import { toBulkResponse } from "./bulk-response.ts";
import { type BulkOperation, parseBulkRequest } from "./parse-bulk.ts";
import { planBulk } from "./plan-bulk.ts";
import { partLateReferences, referencesIn, resolveReferences } from "./references.ts";

const limits = { maxOperations: 3 };
const post = (bulkId: string, data: unknown = {}): BulkOperation => ({
  method: "POST",
  path: "/Groups",
  bulkId,
  version: null,
  data,
});
const members = (...ids: string[]) => ({ members: ids.map((id) => ({ value: `bulkId:${id}` })) });

describe("parseBulkRequest (RFC 7644 section 3.7)", () => {
  it("reads operations in any letter case", () => {
    const body = {
      failOnErrors: 1,
      operations: [
        { method: "post", path: "/Users", bulkId: "a", data: { userName: "x" } },
        { METHOD: "Delete", Path: "/Users/1", version: 'W/"2"' },
      ],
    };

    expect(parseBulkRequest(body, limits)).toEqual({
      failOnErrors: 1,
      operations: [
        { method: "POST", path: "/Users", bulkId: "a", version: null, data: { userName: "x" } },
        { method: "DELETE", path: "/Users/1", bulkId: null, version: 'W/"2"', data: undefined },
      ],
    });
  });

  it.each([
    ["no object", []],
    ["no operations", {}],
    ["an empty list", { Operations: [] }],
    ["an operation that is none", { Operations: ["x"] }],
    ["a method that is none", { Operations: [{ method: "GET", path: "/Users/1" }] }],
    ["no path", { Operations: [{ method: "DELETE" }] }],
    ["an address elsewhere", { Operations: [{ method: "DELETE", path: "https://other.example/Users/1" }] }],
    ["a POST without bulkId", { Operations: [{ method: "POST", path: "/Users", data: {} }] }],
    ["a PUT without data", { Operations: [{ method: "PUT", path: "/Users/1" }] }],
    [
      "one bulkId twice",
      {
        Operations: [
          { method: "POST", path: "/Users", bulkId: "a", data: {} },
          { method: "POST", path: "/Users", bulkId: "a", data: {} },
        ],
      },
    ],
    ["failOnErrors 0", { failOnErrors: 0, Operations: [{ method: "DELETE", path: "/Users/1" }] }],
  ])("refuses %s as 400 invalidSyntax", (_name, body) => {
    expect(refusalOf(() => parseBulkRequest(body, limits))).toMatchObject({ status: 400, scimType: "invalidSyntax" });
  });

  it("V44: one operation more than announced is 413", () => {
    const operation = { method: "DELETE", path: "/Users/1" };

    expect(parseBulkRequest({ Operations: Array(3).fill(operation) }, limits).operations).toHaveLength(3);
    expect(refusalOf(() => parseBulkRequest({ Operations: Array(4).fill(operation) }, limits)).status).toBe(413);
  });
});

describe("planBulk (RFC 7644 section 3.7.1)", () => {
  it("lets an operation wait for the create that it refers to, and leaves everything else as it was sent", () => {
    const operations = [post("group", members("late")), post("other"), post("late"), post("last")];

    expect(planBulk(operations).map((step) => step.index)).toEqual([1, 2, 0, 3]);
  });

  it("moves no create ahead of what was sent before it: a name is given up before it is taken", () => {
    const patch: BulkOperation = {
      method: "PATCH",
      path: "/Groups/1",
      bulkId: null,
      version: null,
      data: members("jane"),
    };
    const remove: BulkOperation = { method: "DELETE", path: "/Users/1", bulkId: null, version: null, data: undefined };

    expect(planBulk([patch, remove, post("jane")]).map((step) => step.index)).toEqual([1, 2, 0]);
  });

  it("follows a reference in a path", () => {
    const patch: BulkOperation = { method: "PATCH", path: "/Groups/bulkId:g", bulkId: null, version: null, data: {} };

    expect(planBulk([patch, post("g")]).map((step) => step.index)).toEqual([1, 0]);
  });

  it("breaks a circle by leaving one reference for later", () => {
    const steps = planBulk([post("a", members("b")), post("b", members("a"))]);

    expect(steps.map(({ index, late }) => [index, [...late]])).toEqual([
      [0, ["b"]],
      [1, []],
    ]);
  });

  it("has a chain of 1,000 in order without running out of stack", () => {
    const chain = Array.from({ length: 1_000 }, (_, at) => post(`g${at}`, members(`g${at + 1}`)));

    expect(planBulk(chain).map((step) => step.index)).toEqual(chain.map((_, at) => chain.length - 1 - at));
  });

  it("whatever refers to whatever: each operation runs once, after what it refers to unless that is late", () => {
    const graphs = fc
      .integer({ min: 1, max: 12 })
      .chain((size) =>
        fc.array(fc.uniqueArray(fc.nat({ max: size }), { maxLength: 4 }), { minLength: size, maxLength: size }),
      );
    fc.assert(
      fc.property(graphs, (graph) => {
        const operations = graph.map((to, at) => post(`g${at}`, members(...to.map((one) => `g${one}`))));
        const steps = planBulk(operations);
        const done = new Set<string>();
        expect(steps.map((step) => step.index).sort((a, b) => a - b)).toEqual(operations.map((_, at) => at));
        for (const { index, late } of steps) {
          const { now, later } = partLateReferences(operations[index]?.data, late);
          for (const reference of referencesIn(now))
            expect(done.has(reference) || !operations.some(({ bulkId }) => bulkId === reference)).toBe(true);
          done.add(`g${index}`);
          const all = new Set([...referencesIn(now), ...referencesIn(later)]);
          expect(all).toEqual(referencesIn(operations[index]?.data));
        }
      }),
    );
  });
});

describe("references", () => {
  const urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

  it("are written over wherever they stand whole, and nowhere else", () => {
    const data = { a: "bulkId:1", b: ["bulkId:2", "bulkId:", "x bulkId:1"], c: { d: { value: "bulkId:3" } } };

    expect(
      resolveReferences(
        data,
        new Map([
          ["1", "one"],
          ["2", "two"],
        ]),
      ),
    ).toEqual({
      a: "one",
      b: ["two", "bulkId:", "x bulkId:1"],
      c: { d: { value: "bulkId:3" } },
    });
  });

  it("V41: a key that every object inherits is a key like any other", () => {
    const data = JSON.parse('{"__proto__": {"x": 1}, "members": [{"value": "bulkId:b"}]}') as unknown;
    const { now } = partLateReferences(data, new Set(["b"]));

    expect(Object.getPrototypeOf(now)).toBe(Object.prototype);
    expect(Object.keys(now as object)).toEqual(["__proto__", "members"]);
  });

  it("that are late leave their element or their attribute behind", () => {
    const data = { ...members("a", "b"), displayName: "x", [urn]: { manager: { value: "bulkId:b" }, department: "y" } };

    expect(partLateReferences(data, new Set(["b"]))).toEqual({
      now: { members: [{ value: "bulkId:a" }], displayName: "x", [urn]: { department: "y" } },
      later: [
        { op: "add", path: "members", value: [{ value: "bulkId:b" }] },
        { op: "add", path: `${urn}:manager`, value: { value: "bulkId:b" } },
      ],
    });
  });
});

describe("toBulkResponse", () => {
  it("answers in the order of the request, with the status as a string and the error inside", () => {
    const results = new Map([
      [1, { kind: "failed" as const, error: new ScimError(409, "uniqueness", "taken"), location: undefined }],
      [0, { kind: "done" as const, status: 201, location: "https://g/Groups/1", version: 1 }],
    ]);

    expect(toBulkResponse([post("a"), post("b"), post("c")], results)).toMatchObject({
      schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
      Operations: [
        { method: "POST", bulkId: "a", status: "201", location: "https://g/Groups/1", version: 'W/"1"' },
        { method: "POST", bulkId: "b", status: "409", response: { scimType: "uniqueness", status: "409" } },
      ],
    });
  });
});
