import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatCursor, type PageCursor, parseCursor, queryDigest } from "./cursor.ts";
import { parseFilter } from "./filter/parse.ts";
import { parseListQuery, parseSearchRequest } from "./list-query.ts";
import { toListResponse } from "./list-response.ts";
import { refusalOf } from "./refusal.fixture.ts";
import { listResponseUrn, searchRequestUrn } from "./urns.ts";

const limits = { maxResults: 200, defaultCount: 100 };

describe("parseListQuery", () => {
  it("has defaults for everything, and ignores what clients append", () => {
    const all = {
      filter: null,
      sort: null,
      page: { kind: "index", startIndex: 1, count: 100 },
      projection: { attributes: null, excluded: [] },
    };

    expect(parseListQuery({}, "User", limits)).toEqual(all);
    expect(parseListQuery({ "": "", sortBy: "", a: ["b"], startIndex: "" }, "User", limits)).toEqual(all);
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
    expect(parseListQuery({ startIndex: sent, count: sent }, "User", limits)).toMatchObject({
      page: { kind: "index", startIndex, count },
    });
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
      sort: null,
      page: { kind: "index", startIndex: 1, count: 1 },
      projection: { attributes: null, excluded: [{ name: "members" }] },
    });
  });
});

describe("sortBy (RFC 7644 section 3.4.2.3)", () => {
  it.each([
    ["userName", undefined, { path: { name: "userName" }, order: "ascending", caseExact: false, multiValued: false }],
    ["ID", "DESCENDING", { path: { name: "id" }, order: "descending", caseExact: true }],
    ["name.familyName", "ascending", { path: { name: "name", sub: "familyName" } }],
    ["emails", "", { path: { name: "emails", sub: "value" }, multiValued: true }],
    ["meta.lastModified", undefined, { path: { name: "meta", sub: "lastModified" }, type: "dateTime" }],
    [
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
      undefined,
      { path: { urn: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", name: "department" } },
    ],
  ])("reads %s, %s", (sortBy, sortOrder, sort) => {
    expect(parseListQuery({ sortBy, sortOrder }, "User", limits).sort).toMatchObject(sort);
  });

  it.each(["nobody", "password", "name", "userName[", "__proto__", "x".repeat(10_000)])("refuses %j", (sortBy) => {
    expect(refusalOf(() => parseListQuery({ sortBy }, "User", limits))).toMatchObject({
      status: 400,
      scimType: "invalidPath",
    });
  });

  it("refuses an order that is none", () => {
    expect(refusalOf(() => parseListQuery({ sortBy: "id", sortOrder: "up" }, "User", limits)).scimType).toBe(
      "invalidValue",
    );
  });
});

describe("cursor (RFC 9865)", () => {
  const page = (query: Record<string, unknown>) => parseListQuery(query, "User", limits).page;
  const none = queryDigest(null, null);
  const cursor: PageCursor = { after: "a", value: "\u00e4\u{1F600}", until: "z", total: 7, query: none };

  it("begins with an empty one, and goes on with one of ours", () => {
    expect(page({ cursor: "", count: "5" })).toEqual({ kind: "cursor", cursor: null, count: 5 });
    expect(page({ cursor: formatCursor(cursor) })).toEqual({ kind: "cursor", cursor, count: 100 });
  });

  it("gives back whatever it was made of, in letters that an address may hold", () => {
    const cursors = fc.record({
      after: fc.string({ unit: "grapheme" }),
      value: fc.option(fc.string({ unit: "grapheme" })),
      until: fc.string(),
      total: fc.nat(),
      query: fc.string(),
    });
    fc.assert(
      fc.property(cursors, (made) => {
        const text = formatCursor(made);
        expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(parseCursor(text, made.query)).toEqual(made);
      }),
    );
  });

  it("belongs to one filter and one order", () => {
    const other = queryDigest(parseFilter('userName sw "a"', "User"), null);
    expect(other).not.toBe(none);
    for (const query of [{ filter: 'userName sw "a"' }, { sortBy: "id" }, { sortBy: "id", sortOrder: "descending" }])
      expect(refusalOf(() => page({ ...query, cursor: formatCursor(cursor) })).scimType).toBe("invalidCursor");
  });

  it("refuses what is none of ours, whatever it is", () => {
    const made = (value: unknown) => btoa(JSON.stringify(value)).replaceAll("=", "");
    const bad = [
      "x",
      "====",
      "x".repeat(100_000),
      made({}),
      made([]),
      made(["a", "b", "c", -1, none]),
      made(["a", 1, "c", 1, none]),
      made([{ toString: 1 }, null, "c", 1, none]),
    ];
    for (const text of bad) expect(refusalOf(() => page({ cursor: text })).scimType).toBe("invalidCursor");
    fc.assert(
      fc.property(fc.string(), (text) => {
        if (text !== "") expect(refusalOf(() => page({ cursor: text })).scimType).toBe("invalidCursor");
      }),
    );
  });

  it("refuses a count that is none in its own word, and a startIndex beside it", () => {
    expect(refusalOf(() => page({ cursor: "", count: "many" })).scimType).toBe("invalidCount");
    expect(refusalOf(() => page({ cursor: "", startIndex: "1" })).scimType).toBe("invalidCursor");
  });
});

describe("parseSearchRequest (RFC 7644 section 3.4.3)", () => {
  it("says what the parameters of a GET say", () => {
    const body = {
      schemas: [searchRequestUrn.toUpperCase()],
      attributes: ["userName", "name.familyName"],
      Filter: 'userName sw "a"',
      sortBy: "userName",
      sortOrder: "descending",
      startIndex: 2,
      count: 3,
    };
    const query = {
      attributes: "userName,name.familyName",
      filter: 'userName sw "a"',
      sortBy: "userName",
      sortOrder: "descending",
      startIndex: "2",
      count: "3",
    };

    expect(parseSearchRequest(body, "User", limits)).toEqual(parseListQuery(query, "User", limits));
  });

  it.each([[null], [[]], ["x"], [{ schemas: ["urn:x"] }], [{ schemas: "x" }], [{ schemas: [] }]])(
    "refuses %j",
    (body) => {
      expect(refusalOf(() => parseSearchRequest(body, "User", limits)).scimType).toBe("invalidSyntax");
    },
  );

  it.each([[{ attributes: [1] }], [{ count: {} }], [{ filter: ["a"] }], [{ sortBy: 1 }]])("refuses %j", (body) => {
    expect(refusalOf(() => parseSearchRequest(body, "User", limits)).status).toBe(400);
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
