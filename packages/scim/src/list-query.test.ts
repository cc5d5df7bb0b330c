import { describe, expect, it } from "vitest";
import { parseListQuery } from "./list-query.ts";
import { toListResponse } from "./list-response.ts";
import { refusalOf } from "./refusal.fixture.ts";
import { listResponseUrn } from "./urns.ts";

const limits = { maxResults: 200, defaultCount: 100 };

describe("parseListQuery", () => {
  it("has defaults for everything, and ignores what clients append", () => {
    const all = { filter: null, startIndex: 1, count: 100, projection: { attributes: null, excluded: [] } };

    expect(parseListQuery({}, "User", limits)).toEqual(all);
    expect(parseListQuery({ "": "", sortBy: "userName", a: ["b"], startIndex: "" }, "User", limits)).toEqual(all);
  });

  it.each<[string, unknown, number, number]>([
    ["in range", "5", 5, 5],
    ["a number", 5, 5, 5],
    ["zero", "0", 1, 0],
    ["below zero", "-1", 1, 0],
    ["above the most", "201", 201, 200],
    ["a billion", "1000000000", 1_000_000_000, 200],
    ["beyond any integer", "9".repeat(400), 2_147_483_647, 200],
  ])("V45: takes %s", (_, sent, startIndex, count) => {
    expect(parseListQuery({ startIndex: sent, count: sent }, "User", limits)).toMatchObject({ startIndex, count });
  });

  it.each(["NaN", "1.5", "1e9", "x", "0x10", "1 2", ["1", "2"], { a: "1" }, "9".repeat(5_000)])(
    "V45: refuses %j as startIndex and as count",
    (sent) => {
      for (const query of [{ startIndex: sent }, { count: sent }]) {
        expect(refusalOf(() => parseListQuery(query, "User", limits))).toMatchObject({
          status: 400,
          scimType: "invalidValue",
        });
      }
    },
  );

  it.each<[unknown]>([[""], [" "], ["userName"], [["a", "b"]], [{ $ne: "" }]])(
    "refuses the filter %j instead of taking it as none",
    (filter) => {
      expect(refusalOf(() => parseListQuery({ filter }, "User", limits)).scimType).toBe("invalidFilter");
    },
  );

  it("reads own parameters only", () => {
    const query = Object.create({ filter: "title pr" }) as Record<string, unknown>;

    expect(parseListQuery(query, "User", limits).filter).toBeNull();
  });

  it("reads the look-ups that clients send", () => {
    const query = { filter: 'displayName eq "Sales"', excludedAttributes: "members", startIndex: "1", count: "1" };

    expect(parseListQuery(query, "Group", limits)).toEqual({
      filter: { kind: "compare", path: { name: "displayName" }, op: "eq", value: "Sales" },
      startIndex: 1,
      count: 1,
      projection: { attributes: null, excluded: [{ name: "members" }] },
    });
  });
});

describe("toListResponse", () => {
  it("counts the resources in this answer", () => {
    expect(toListResponse({ resources: [{ id: "1" }], totalResults: 7, startIndex: 3 })).toEqual({
      schemas: [listResponseUrn],
      totalResults: 7,
      startIndex: 3,
      itemsPerPage: 1,
      Resources: [{ id: "1" }],
    });
  });
});
