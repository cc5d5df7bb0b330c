import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldCase } from "../fold-case.ts";
import { refusalOf } from "../refusal.fixture.ts";
import { attribute } from "../schemas/definition.ts";
import { compileResourceSchema } from "../schemas/registry.ts";
import { userDefinition } from "../schemas/user.ts";
import { evaluateFilter } from "./evaluate.ts";
import type { CompareOp, Filter } from "./filter.ts";
import { formatFilter } from "./format.ts";
import { parseFilter } from "./parse.ts";

/** A name in each of twenty scripts; those with letter case or composed letters have some. */
const names: [script: string, name: string][] = [
  ["Latin", "J\u00F6rg \u00C5ngstr\u00F6m"],
  ["Vietnamese Latin", "Nguy\u1EC5n Th\u1ECB H\u1EB1ng"],
  ["Greek", "\u0393\u03B9\u03CE\u03C1\u03B3\u03BF\u03C2"],
  ["Cyrillic", "\u0419\u043E\u0441\u0438\u0444 \u0401\u043B\u043A\u0438\u043D"],
  ["Armenian", "\u0531\u0580\u0561\u0574"],
  ["Georgian", "\u10D2\u10D8\u10DD\u10E0\u10D2\u10D8"],
  ["Hebrew", "\u05D3\u05D5\u05D3 \u05DB\u05D4\u05DF"],
  ["Arabic", "\u0623\u062D\u0645\u062F \u0622\u062F\u0645"],
  ["Devanagari", "\u0915\u094D\u092F\u093E \u0958"],
  ["Bengali", "\u09B0\u09AC\u09C0\u09A8\u09CD\u09A6\u09CD\u09B0"],
  ["Gurmukhi", "\u0A17\u0A41\u0A30\u0A2E\u0A41\u0A16"],
  ["Gujarati", "\u0AAE\u0ACB\u0AB9\u0AA8"],
  ["Tamil", "\u0B95\u0BCA\u0BB4\u0BCD"],
  ["Telugu", "\u0C30\u0C3E\u0C2E"],
  ["Thai", "\u0E2A\u0E21\u0E0A\u0E32\u0E22"],
  ["Khmer", "\u179F\u17BB\u1781"],
  ["Hangul", "\uAE40\uBBFC\uC218"],
  ["Japanese", "\u304C\u3093 \u30D1\u30EA \u5C71\u7530"],
  ["Han", "\u738B\u5C0F\u660E \u{20000}"],
  ["Deseret", "\u{10400}\u{10401}\u{10402}"],
];

describe("V49: filters in every script", () => {
  const holds = (path: string, op: string, operand: string, stored: string) =>
    evaluateFilter(
      parseFilter(`${path} ${op} ${JSON.stringify(operand)}`, "User"),
      { userName: stored, externalId: stored },
      "User",
    );

  it.each(names)("%s: eq, sw, ew and co find a name in either normal form and either case", (_, name) => {
    const [first = "", ...rest] = new Intl.Segmenter("en")
      .segment(name)
      [Symbol.iterator]()
      .map(({ segment }) => segment);
    const last = rest.at(-1) ?? first;
    for (const stored of [name.normalize("NFC"), name.normalize("NFD")]) {
      for (const shape of [
        (text: string) => text.normalize("NFC"),
        (text: string) => text.normalize("NFD"),
        (text: string) => text.toLowerCase(),
        (text: string) => text.toUpperCase().normalize("NFD"),
      ]) {
        expect(holds("userName", "eq", shape(name), stored)).toBe(true);
        expect(holds("userName", "ne", shape(name), stored)).toBe(false);
        expect(holds("userName", "sw", shape(first), stored)).toBe(true);
        expect(holds("userName", "ew", shape(last), stored)).toBe(true);
        expect(holds("userName", "co", shape(rest.slice(0, 2).join("") || first), stored)).toBe(true);
        expect(holds("userName", "eq", `${shape(name)}x`, stored)).toBe(false);
      }
    }
  });

  it("V50: what is caseExact is compared letter by letter", () => {
    expect(holds("externalId", "eq", "\u00E9", "\u00E9")).toBe(true);
    expect(holds("externalId", "eq", "\u00C9", "\u00E9")).toBe(false);
    expect(holds("externalId", "sw", "J", "jane")).toBe(false);
  });

  it("V50: co, sw and ew say of folded text what they say of the text", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 8 }).filter((one) => !/[\0\uFFFF]/.test(one));
    fc.assert(
      fc.property(text, text, (stored, operand) => {
        expect(holds("userName", "co", operand, stored)).toBe(foldCase(stored).includes(foldCase(operand)));
        expect(holds("userName", "sw", operand, stored)).toBe(foldCase(stored).startsWith(foldCase(operand)));
        expect(holds("userName", "ew", operand, stored)).toBe(foldCase(stored).endsWith(foldCase(operand)));
      }),
    );
  });
});

const urn = "https://acme.example/scim/2.0/User";
const acme = compileResourceSchema("User", userDefinition, [
  {
    id: urn,
    name: "Acme",
    description: "",
    attributes: [
      attribute("floor", "", { type: "integer" }),
      attribute("share", "", { type: "decimal" }),
      attribute("since", "", { type: "dateTime" }),
      attribute("remote", "", { type: "boolean" }),
      attribute("badge", "", { caseExact: true }),
      attribute("codes", "", { multiValued: true }),
      attribute("desks", "", {
        type: "complex",
        multiValued: true,
        subAttributes: [attribute("value", ""), attribute("level", "", { type: "integer" })],
      }),
    ],
  },
]);

describe("filters on a directory's own attributes", () => {
  const number = fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => one + 0),
  );
  const moment = fc
    .date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-01-01T00:00:00Z"), noInvalidDate: true })
    .map((date) => date.toISOString());
  const orders = fc.constantFrom<CompareOp>("eq", "ne", "gt", "ge", "lt", "le");
  const compare = (path: object, op: fc.Arbitrary<CompareOp>, value: fc.Arbitrary<string | number | boolean | null>) =>
    fc.record({ op, value }).map((parts): Filter => ({ kind: "compare", path: path as { name: string }, ...parts }));
  const text = fc.string({ unit: "grapheme", maxLength: 6 }).filter((one) => !/[\0\uFFFF]/.test(one));
  const anyOf = fc.oneof(
    compare({ urn, name: "floor" }, orders, number),
    compare({ urn, name: "share" }, orders, number),
    compare({ urn, name: "since" }, orders, moment),
    compare({ urn, name: "remote" }, fc.constantFrom<CompareOp>("eq", "ne"), fc.boolean()),
    compare({ urn, name: "badge" }, fc.constantFrom<CompareOp>("eq", "co", "sw", "ew", "gt"), text),
    compare({ urn, name: "codes" }, fc.constantFrom<CompareOp>("eq", "ne"), fc.constant(null)),
    compare({ urn, name: "desks", sub: "level" }, orders, number),
    fc.record({
      kind: fc.constant("valuePath" as const),
      path: fc.constant({ urn, name: "desks" }),
      filter: compare({ name: "level" }, orders, number),
    }),
    fc.record({ kind: fc.constant("present" as const), path: fc.constant({ urn, name: "desks", sub: "value" }) }),
  );

  it("come back the same after writing and reading, whatever the case of their URN", () => {
    fc.assert(
      fc.property(anyOf, (filter) => {
        const written = formatFilter(filter);

        expect(parseFilter(written, "User", acme)).toEqual(filter);
        expect(parseFilter(written.replace(urn, urn.toUpperCase()), "User", acme)).toEqual(filter);
      }),
    );
  });

  it.each([
    `${urn}:floor eq "3"`,
    `${urn}:floor eq true`,
    `${urn}:floor co 3`,
    `${urn}:floor gt null`,
    `${urn}:remote eq 1`,
    `${urn}:remote gt false`,
    `${urn}:since eq 2030`,
    `${urn}:since gt "2030-02-31T00:00:00Z"`,
    `${urn}:since gt "2030-13-01"`,
    `${urn}:since gt "1"`,
    `${urn}:badge eq 7`,
    `${urn}:desks[level eq "3"]`,
    `${urn}:desks[nothing eq 3]`,
    `${urn}:nothing pr`,
  ])("refuses %s", (filter) => {
    expect(refusalOf(() => parseFilter(filter, "User", acme))).toMatchObject({
      status: 400,
      scimType: "invalidFilter",
    });
  });

  it("reads a bare date as the moment at which it begins", () => {
    expect(parseFilter(`${urn}:since ge "2030-01-31"`, "User", acme)).toMatchObject({ value: "2030-01-31T00:00:00Z" });
  });
});

describe("RFC 7644 section 3.4.2.2", () => {
  const emails = [
    { type: "work", value: "jane@acme.test" },
    { type: "home", value: "j@x.test" },
  ];
  const holds = (filter: string, resource = {}) =>
    evaluateFilter(parseFilter(filter, "User"), { emails, active: false, title: "", ...resource }, "User");

  it.each<[string, boolean]>([
    ['emails[type eq "work" and value co "acme"]', true],
    ['emails[type eq "work" and value co "x.test"]', false],
    ['emails.type eq "work" and emails.value co "x.test"', true],
    ['emails[not (type eq "work")]', true],
    ['not (emails[type eq "work"])', false],
    ['emails[type eq "other"]', false],
    ['emails ne "jane@acme.test"', false],
    ['nickName ne "x"', true],
    ['nickName eq "x"', false],
    ["nickName pr", false],
    ["not (nickName pr)", true],
    ["title pr", false],
    ["active pr", true],
    ["active eq false", true],
    ['nickName gt "a"', false],
    ['nickName le "a"', false],
    ["emails pr", true],
    ["emails.primary pr", false],
    ["emails.primary ne true", true],
  ])("%s is %s", (filter, outcome) => {
    expect(holds(filter)).toBe(outcome);
  });

  it("V37: a bad token at the start, in the middle or at the end is refused, and the place is told", () => {
    const good = 'userName eq "a"';
    for (const [filter, place] of [
      [`% ${good}`, "character 1)"],
      [`${good} and % and ${good}`, "character 21)"],
      [`${good} %`, "character 17)"],
    ] as const) {
      const { scimType, detail } = refusalOf(() => parseFilter(filter, "User"));
      expect([scimType, detail.includes(place)]).toEqual(["invalidFilter", true]);
    }
  });

  it("V38: takes 4,096 characters with 50 terms together", () => {
    const terms = Array.from({ length: 50 }, () => "title pr").join(" or ");
    const padded = terms.padEnd(4_096, " ");

    expect(parseFilter(padded, "User")).toMatchObject({ kind: "or" });
    expect(refusalOf(() => parseFilter(`${padded} `, "User")).scimType).toBe("invalidFilter");
  });
});
