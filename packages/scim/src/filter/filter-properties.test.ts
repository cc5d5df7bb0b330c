import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldCase } from "../fold-case.ts";
import type { Attributes } from "../json.ts";
import { ScimError } from "../scim-error.ts";
import { enterpriseUserUrn } from "../urns.ts";
import { evaluateFilter } from "./evaluate.ts";
import type { CompareOp, Filter } from "./filter.ts";
import { formatFilter } from "./format.ts";
import { parseFilter } from "./parse.ts";

const textOps: CompareOp[] = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];
const storable = fc.string({ unit: "grapheme", maxLength: 6 }).filter((text) => !/[\0\uFFFF]/.test(text));
// Few letters, so that comparisons hold about as often as not.
const word = fc.oneof(fc.string({ unit: fc.constantFrom("a", "A", "b", "\u00E9", "e\u0301"), maxLength: 3 }), storable);

const textPaths = [
  { name: "userName" },
  { name: "externalId" },
  { name: "name", sub: "givenName" },
  { name: "emails", sub: "value" },
  { urn: enterpriseUserUrn, name: "department" },
];

const comparison: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({
    kind: fc.constant("compare" as const),
    path: fc.constantFrom(...textPaths),
    op: fc.constantFrom(...textOps),
    value: word,
  }),
  fc.record({
    kind: fc.constant("compare" as const),
    path: fc.constantFrom({ name: "active" }, { name: "emails", sub: "primary" }),
    op: fc.constantFrom<CompareOp>("eq", "ne"),
    value: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("compare" as const),
    path: fc.constantFrom(...textPaths),
    op: fc.constantFrom<CompareOp>("eq", "ne"),
    value: fc.constant(null),
  }),
  fc.record({ kind: fc.constant("present" as const), path: fc.constantFrom(...textPaths, { name: "emails" }) }),
);

const inBrackets: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({
    kind: fc.constant("compare" as const),
    path: fc.constantFrom({ name: "type" }, { name: "value" }),
    op: fc.constantFrom(...textOps),
    value: word,
  }),
  fc.record({ kind: fc.constant("present" as const), path: fc.constantFrom({ name: "type" }, { name: "primary" }) }),
);

function joined(leaf: fc.Arbitrary<Filter>): fc.Arbitrary<Filter> {
  return fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      leaf,
      fc.record({
        kind: fc.constantFrom("and" as const, "or" as const),
        operands: fc.array(tie("filter"), { minLength: 2, maxLength: 3 }),
      }),
      fc.record({ kind: fc.constant("not" as const), operand: tie("filter") }),
    ),
  })).filter;
}

const valuePath: fc.Arbitrary<Filter> = joined(inBrackets).map((filter) => ({
  kind: "valuePath",
  path: { name: "emails" },
  filter,
}));
const anyFilter = joined(fc.oneof(comparison, comparison, valuePath));

const email = fc.record({ value: word, type: word, primary: fc.boolean() }, { requiredKeys: ["value"] });
const user: fc.Arbitrary<Attributes> = fc.record(
  {
    userName: word,
    externalId: word,
    active: fc.boolean(),
    name: fc.record({ givenName: word }),
    emails: fc.array(email, { minLength: 1, maxLength: 3 }),
    [enterpriseUserUrn]: fc.record({ department: word }),
  },
  { requiredKeys: [] },
);

describe("filters", () => {
  it("come back the same after writing and reading", () => {
    fc.assert(
      fc.property(anyFilter, (filter) => {
        const text = formatFilter(filter);
        fc.pre(text.length <= 4_000);

        try {
          expect(parseFilter(text, "User")).toEqual(filter);
        } catch (error) {
          // Random filters may have more terms than are taken; nothing else may be wrong with them.
          if (!(error instanceof ScimError) || !error.message.includes("terms")) throw error;
        }
      }),
    );
  });

  it("hold exactly when a naive reading of the standard says so", () => {
    let held = 0;
    let runs = 0;
    fc.assert(
      fc.property(anyFilter, user, (filter, resource) => {
        const outcome = evaluateFilter(filter, resource, "User");
        runs += 1;
        if (outcome) held += 1;

        expect(outcome).toBe(naive(filter, resource));
      }),
      { numRuns: 2_000 },
    );

    // The proof is empty if nearly all filters say the same.
    expect(held / runs).toBeGreaterThan(0.15);
    expect(held / runs).toBeLessThan(0.85);
  });

  it("never fail on any text but with a ScimError", () => {
    const piece = fc.constantFrom(
      "userName",
      "emails",
      "emails[",
      "type",
      "]",
      "(",
      ")",
      "not",
      "and",
      "or",
      "eq",
      "co",
      "pr",
      '"a"',
      '"',
      "true",
      "null",
      "1",
      ".value",
      "__proto__",
      "constructor",
      "\\",
      " ",
      "\u0000",
      ":",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.constantFrom("", " "), (pieces, glue) => {
        try {
          const filter = parseFilter(pieces.join(glue), "User");
          expect(parseFilter(formatFilter(filter), "User")).toEqual(filter);
        } catch (error) {
          if (!(error instanceof ScimError)) throw error;
          expect(error.status).toBe(400);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("evaluateFilter", () => {
  const resource: Attributes = {
    userName: "Jane",
    externalId: "Jane",
    emails: [
      { type: "work", value: "a@x" },
      { type: "home", value: "b@x" },
    ],
    roles: [{ value: "admin", primary: true }],
    meta: { created: "2030-01-31T12:00:00.000Z" },
  };

  it.each([
    ['userName eq "jANE"', true],
    ['externalId eq "jANE"', false],
    ['externalId eq "Jane"', true],
    ['emails[type eq "work" and value eq "b@x"]', false],
    ['emails.type eq "work" and emails.value eq "b@x"', true],
    ['emails[type eq "home"].value eq "b@x"', true],
    ['emails co "@"', true],
    ['roles[primary eq "True"]', true],
    ["title pr", false],
    ['title ne "x"', true],
    ["title eq null", true],
    ["userName ne null", true],
    ['meta.created eq "2030-01-31T13:00:00+01:00"', true],
    ['meta.created lt "2030-01-31T12:00:00.001Z"', true],
    ['meta.created sw "2030"', true],
    ['userName gt "jan"', true],
    ['userName lt "jan"', false],
  ])("%s is %s", (text, holds) => {
    expect(evaluateFilter(parseFilter(text, "User"), resource, "User")).toBe(holds);
  });

  it("orders strings by code point, as databases order UTF-8", () => {
    const filter = parseFilter('userName gt "\uFB01"', "User");

    expect(evaluateFilter(filter, { userName: "\u{1F600}" }, "User")).toBe(true);
  });

  it("V40: reads own values only", () => {
    expect(evaluateFilter({ kind: "present", path: { name: "constructor" } }, {}, "User")).toBe(false);
    expect(evaluateFilter({ kind: "present", path: { name: "name", sub: "toString" } }, { name: {} }, "User")).toBe(
      false,
    );
  });
});

/** The standard again, as plainly as it can be said: no registry, no sharing with the code under test but the fold. */
function naive(filter: Filter, node: Attributes): boolean {
  switch (filter.kind) {
    case "and":
      return filter.operands.every((operand) => naive(operand, node));
    case "or":
      return filter.operands.some((operand) => naive(operand, node));
    case "not":
      return !naive(filter.operand, node);
    case "valuePath":
      return naiveValues(node, filter.path).some((element) => naive(filter.filter, element as Attributes));
    case "present":
      return naiveValues(node, filter.path).some((value) =>
        typeof value === "object" && value !== null ? Object.values(value).some((part) => part !== "") : value !== "",
      );
    case "compare": {
      const values = naiveValues(node, filter.path);
      const { op, value: operand } = filter;
      if (operand === null) return op === "eq" ? values.length === 0 : values.length > 0;
      const fold = (value: unknown) =>
        typeof value === "string" && filter.path.name !== "externalId" ? foldCase(value) : value;
      const same = values.some((value) => fold(value) === fold(operand));
      if (op === "eq" || op === "ne") return (op === "eq") === same;
      return values.some((value) => naiveText(op, String(fold(value)), String(fold(operand))));
    }
  }
}

function naiveText(op: CompareOp, text: string, operand: string): boolean {
  if (op === "co") return text.includes(operand);
  if (op === "sw") return text.indexOf(operand) === 0;
  if (op === "ew") return text.slice(text.length - operand.length) === operand && operand.length <= text.length;
  const order = Buffer.compare(Buffer.from(text), Buffer.from(operand));
  return { gt: order > 0, ge: order >= 0, lt: order < 0, le: order <= 0, eq: false, ne: false }[op];
}

function naiveValues(node: Attributes, path: { urn?: string; name: string; sub?: string }): unknown[] {
  const container = (path.urn === undefined ? node : (node[path.urn] ?? {})) as Attributes;
  const whole = [container[path.name] ?? []].flat();
  return path.sub === undefined ? whole : whole.flatMap((value) => (value as Attributes)[path.sub ?? ""] ?? []);
}
