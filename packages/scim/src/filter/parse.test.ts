import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.fixture.ts";
import { enterpriseUserUrn, userUrn } from "../urns.ts";
import type { Filter } from "./filter.ts";
import { parseFilter } from "./parse.ts";

const eq = (name: string, value: string): Filter => ({ kind: "compare", path: { name }, op: "eq", value });

describe("parseFilter", () => {
  const manager = { urn: enterpriseUserUrn, name: "manager", sub: "value" };
  const workMail: Filter = { kind: "compare", path: { name: "type" }, op: "eq", value: "work" };
  const valueIsX: Filter = { kind: "compare", path: { name: "value" }, op: "eq", value: "x" };
  it.each<[string, Filter]>([
    ['userName eq "a"', eq("userName", "a")],
    ['USERNAME EQ "a"', eq("userName", "a")],
    ['  userName   eq   "a"  ', eq("userName", "a")],
    [`${userUrn}:userName eq "a"`, eq("userName", "a")],
    ["title pr", { kind: "present", path: { name: "title" } }],
    ['name.familyName co "O"', { kind: "compare", path: { name: "name", sub: "familyName" }, op: "co", value: "O" }],
    ['emails co "x"', { kind: "compare", path: { name: "emails", sub: "value" }, op: "co", value: "x" }],
    ["emails pr", { kind: "present", path: { name: "emails" } }],
    ["externalId eq null", { kind: "compare", path: { name: "externalId" }, op: "eq", value: null }],
    ["active eq true", { kind: "compare", path: { name: "active" }, op: "eq", value: true }],
    ['active eq "False"', { kind: "compare", path: { name: "active" }, op: "eq", value: false }],
    ['manager eq "7"', { kind: "compare", path: manager, op: "eq", value: "7" }],
    [`${enterpriseUserUrn.toLowerCase()}:MANAGER eq "7"`, { kind: "compare", path: manager, op: "eq", value: "7" }],
    ['id eq "1" and manager eq "7"', and(eq("id", "1"), { kind: "compare", path: manager, op: "eq", value: "7" })],
    ['title eq "a" or title eq "b" and id eq "c"', or(eq("title", "a"), and(eq("title", "b"), eq("id", "c")))],
    ['(title eq "a" or title eq "b") and id eq "c"', and(or(eq("title", "a"), eq("title", "b")), eq("id", "c"))],
    ['not (title eq "a")', { kind: "not", operand: eq("title", "a") }],
    ['not(title eq "a")', { kind: "not", operand: eq("title", "a") }],
    ['emails[type eq "work"]', { kind: "valuePath", path: { name: "emails" }, filter: workMail }],
    [
      'emails[type eq "work"].value eq "x"',
      { kind: "valuePath", path: { name: "emails" }, filter: and(workMail, valueIsX) },
    ],
    [
      'emails[type eq "work" and value eq "x"]',
      { kind: "valuePath", path: { name: "emails" }, filter: and(workMail, valueIsX) },
    ],
    [
      'meta.lastModified gt "2030-01-31T12:00:00Z"',
      { kind: "compare", path: { name: "meta", sub: "lastModified" }, op: "gt", value: "2030-01-31T12:00:00Z" },
    ],
    ['userName eq "a\\"b\\\\c\\u00e9"', eq("userName", 'a"b\\c\u00E9')],
    ['userName eq "\u039F\u0394\u039F\u03A3"', eq("userName", "\u039F\u0394\u039F\u03A3")],
    ['userName eq "and or ) ] ("', eq("userName", "and or ) ] (")],
  ])("reads %s", (text, filter) => {
    expect(parseFilter(text, "User")).toEqual(filter);
  });

  it("reads the members of a group bare and in brackets", () => {
    const path = { name: "members", sub: "value" };

    expect(parseFilter('members eq "1"', "Group")).toEqual({ kind: "compare", path, op: "eq", value: "1" });
    expect(parseFilter('members[value eq "1"]', "Group")).toMatchObject({
      kind: "valuePath",
      path: { name: "members" },
    });
  });

  it.each([
    "",
    " ",
    "userName",
    "userName eq",
    'eq "a"',
    'userName "a"',
    'userName is "a"',
    "userName eq a",
    "userName eq 'a'",
    'userName eq "a',
    'userName eq "\\x"',
    'userName eq "a" and',
    'userName eq "a" userName eq "b"',
    'userName eq "a" and or title pr',
    '(userName eq "a"',
    'userName eq "a")',
    'not userName eq "a"',
    "()",
    'emails[type eq "work"',
    'emails[type eq "work"]]',
    "emails[]",
    'emails[emails[type eq "work"]]',
    'emails[type eq "work"].nothing eq "x"',
    'emails[type eq "work"] .value eq "x"',
    'userName[value eq "a"]',
    'nothing eq "a"',
    'name.nothing eq "a"',
    'name eq "a"',
    'addresses co "a"',
    "userName eq 1",
    "userName eq true",
    "userName gt null",
    "active eq 1",
    "active co true",
    'active gt "true"',
    'active eq "yes"',
    'meta.created gt "yesterday"',
    'password eq "x"',
    "password pr",
    '__proto__ eq "a"',
    'constructor.prototype eq "a"',
    'toString eq "a"',
    'emails[__proto__ eq "a"]',
    'urn:unknown:attribute eq "a"',
    '\tuserName eq "a"',
    "userName eq NaN",
    "userName eq 1e999",
  ])("refuses %j as invalidFilter, never as no filter", (text) => {
    expect(refusalOf(() => parseFilter(text, "User"))).toMatchObject({ status: 400, scimType: "invalidFilter" });
  });

  it.each([40, 5_000, 50_000])("V36, V37: %i levels of nesting are refused, whatever else is wrong", (levels) => {
    const openings = ["(", "not (", "[", "emails[", "((not ("];
    const tails = ["", 'title eq "a"', `title eq "a"${")".repeat(levels)}`, "\u0000", "%"];
    for (const opening of openings) {
      for (const tail of tails) {
        for (const head of ["", "% ", "title pr and "]) {
          const outcome = refusalOf(() => parseFilter(head + opening.repeat(levels) + tail, "User"));

          expect(outcome.status).toBe(400);
          expect(outcome.detail.length).toBeLessThan(300);
        }
      }
    }
  });

  it("V36: takes 20 levels and refuses the next", () => {
    const nested = (levels: number) => `${"(".repeat(levels)}title pr${")".repeat(levels)}`;

    expect(parseFilter(nested(20), "User").kind).toBe("present");
    expect(refusalOf(() => parseFilter(nested(21), "User")).detail).toContain("20 levels");
  });

  it("V38: takes 50 terms and refuses the next", () => {
    const terms = (count: number) => Array.from({ length: count }, () => "title pr").join(" or ");

    expect(parseFilter(terms(50), "User")).toMatchObject({ kind: "or" });
    expect(refusalOf(() => parseFilter(terms(51), "User"))).toMatchObject({ status: 400, scimType: "invalidFilter" });
  });

  it("V38: takes 4,096 characters and refuses the next", () => {
    const long = (length: number) => `userName eq "${"a".repeat(length - 14)}"`;

    expect(parseFilter(long(4_096), "User").kind).toBe("compare");
    expect(refusalOf(() => parseFilter(long(4_097), "User"))).toMatchObject({ status: 400, scimType: "invalidFilter" });
  });

  it.each(["\u0000", "\uD800", "\uDC00", "\uFFFF"])("V48: refuses %j, raw and escaped", (character) => {
    const escaped = `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

    for (const text of [character, escaped]) {
      const outcome = refusalOf(() => parseFilter(`userName eq "a${text}b"`, "User"));
      expect(outcome).toMatchObject({ status: 400, scimType: "invalidValue" });
    }
  });
});

function and(...operands: Filter[]): Filter {
  return { kind: "and", operands };
}

function or(...operands: Filter[]): Filter {
  return { kind: "or", operands };
}
