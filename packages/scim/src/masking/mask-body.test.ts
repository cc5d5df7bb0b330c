import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileResourceSchema, groupSchema, userSchema } from "../schemas/registry.ts";
import { collectNames } from "./known-names.ts";
import { type MaskedJson, maskBody } from "./mask-body.ts";
import { isOwnForm, isPublicWord, isSchemaUri } from "./mask-text.ts";

const names = collectNames({ User: userSchema, Group: groupSchema });
const OWN_ID = "018f7f6a-1c00-7000-8000-000000000006";
const USER = "urn:ietf:params:scim:schemas:core:2.0:User";

/** Every text of a masked body, names included. */
function textsOf(masked: MaskedJson): string[] {
  if (typeof masked === "string") return [masked];
  if (Array.isArray(masked)) return masked.flatMap(textsOf);
  if (masked === null || typeof masked === "boolean") return [];
  return Object.entries(masked).flatMap(([name, value]) => [name, ...textsOf(value)]);
}

function leavesOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leavesOf) : [];
}

const knownName = fc.constantFrom(...names);
const value = fc.oneof(
  fc.string({ minLength: 8, maxLength: 60 }),
  fc.string({ minLength: 8, maxLength: 40, unit: "binary" }),
  fc.emailAddress(),
  fc.uuid(),
  // A value that is hidden in something that is shown: a path, a filter, a URN.
  fc.emailAddress().map((address) => `emails[value eq "${address}"].value`),
  fc.string({ minLength: 8 }).map((text) => `${text} eq userName`),
  fc.tuple(fc.stringMatching(/^[a-z]{8,20}$/), fc.string()).map(([one, two]) => `userName eq ${one} or "${two}`),
);
const { body: anyBody } = fc.letrec<{ body: unknown }>((tie) => ({
  body: fc.oneof(
    { depthSize: "medium" },
    value,
    fc.boolean(),
    fc.integer(),
    fc.constant(null),
    fc.array(tie("body"), { maxLength: 30 }),
    fc.dictionary(fc.oneof({ weight: 4, arbitrary: knownName }, fc.string()), tie("body"), { maxKeys: 8 }),
  ),
}));

describe("K5: a masked body", () => {
  it("holds no value of eight characters or more that is not allowed, whatever the body", () => {
    fc.assert(
      fc.property(anyBody, (body) => {
        const shown = textsOf(maskBody(body, names));
        const allowed = (leaf: string) =>
          isPublicWord(leaf) ||
          isOwnForm(leaf) ||
          isSchemaUri(leaf) ||
          names.has(leaf) ||
          names.has(leaf.toLowerCase());

        for (const leaf of leavesOf(body).filter((text) => text.length >= 8 && !allowed(text))) {
          expect(shown.filter((text) => text.includes(leaf))).toEqual([]);
          for (const [address] of leaf.matchAll(/[^\s"]{4,}@[^\s"\]]{4,}/g))
            expect(shown.filter((text) => text.includes(address))).toEqual([]);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("is bounded at 8 KB, whatever the body", () => {
    const wide = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, at) => [`attribute${at}`, { name: "x", value: at }]),
    );
    const long = {
      Operations: Array.from({ length: 1_000 }, () => ({ op: "add", path: "emails ".repeat(400), value: [wide] })),
    };
    const quotes = { Operations: Array.from({ length: 20 }, () => ({ path: 'x"" '.repeat(250) })) };

    for (const body of [wide, long, [wide, long], { Operations: [long, wide] }, quotes])
      expect(JSON.stringify(maskBody(body, names)).length).toBeLessThan(8_192);
    fc.assert(fc.property(anyBody, (body) => JSON.stringify(maskBody(body, names)).length < 8_192));
  });

  it("shows what an identity provider meant without saying of whom", () => {
    const body = {
      schemas: [USER, "urn:scim:schemas:core:1.0"],
      userName: "ada@example.com",
      externalId: "1fb3c1a4-9f0e-4b60-8bf1-6f2a7dfbd711",
      active: "False",
      name: { givenName: "Ada", familyName: "Lovelace" },
      emails: [{ value: "ada@example.com", type: "work", primary: true }],
      phoneNumbers: [{ value: "+441234", type: "ada's own" }],
      roles: [],
      nickName: null,
      weight: 61.5,
      jobTitel: "Countess",
    };

    expect(maskBody(body, names)).toEqual({
      schemas: [USER, "urn:scim:schemas:core:1.0"],
      userName: "email(15)",
      externalId: "text(36)",
      active: "False",
      name: { givenName: "text(3)", familyName: "text(8)" },
      emails: [{ value: "email(15)", type: "work", primary: true }],
      phoneNumbers: [{ value: "text(7)", type: "text(9)" }],
      roles: [],
      nickName: null,
      '"weight"': "number",
      '"jobTitel"': "text(8)",
    });
  });

  it("shows a PATCH with its verbs, its paths without their literals, and our own ids", () => {
    const operations = [
      { op: "Replace", path: 'emails[type eq "work" and value eq "ada@example.com"].value', value: "b@example.com" },
      { op: "add", path: "members", value: [{ value: OWN_ID }, { value: "AD-4711" }] },
      { op: "replace", value: { "name.givenName": "Ada", active: false, id: OWN_ID } },
    ];

    expect(maskBody({ Operations: operations }, names)).toEqual({
      Operations: [
        { op: "Replace", path: 'emails[type eq "work" and value eq "email(15)"].value', value: "email(13)" },
        { op: "add", path: "members", value: [{ value: OWN_ID }, { value: "text(7)" }] },
        { op: "replace", value: { "name.givenName": "text(3)", active: false, id: OWN_ID } },
      ],
    });
  });

  it("V23: tells of a password not even its length, wherever it stands", () => {
    const body = {
      password: "1mz050nq",
      [`${USER}:password`]: "1mz050nq",
      Password: { value: ["1mz050nq"] },
      Operations: [
        { op: "replace", path: "password", value: "1mz050nq" },
        { op: "replace", value: { password: "1mz050nq" } },
      ],
    };

    expect(JSON.stringify(maskBody(body, names))).not.toMatch(/1mz050nq|text\(8\)/);
  });

  it("shows twenty members of ten thousand, and how many there were", () => {
    const members = Array.from({ length: 10_000 }, () => ({ value: OWN_ID }));

    const masked = maskBody({ Operations: [{ op: "add", path: "members", value: members }] }, names);

    expect(textsOf(masked).filter((text) => text === OWN_ID)).toHaveLength(20);
    expect(textsOf(masked)).toContain("and 9980 more");
  });

  it("V40: takes hostile names for what they are", () => {
    const body = JSON.parse(
      `{"__proto__": {"polluted": "yes, indeed"}, "constructor": "ada lovelace", "${"x".repeat(5_000)}": 1, "ada@example.com": "é", "名前": "ada lovelace", "名字": "ada lovelace"}`,
    );

    expect(maskBody(body, names)).toEqual({
      "name(9)": { '"polluted"': "text(11)" },
      '"constructor"': "text(12)",
      "name(5000)": "number",
      "name(15)": "text(1)",
      "name(2)": "text(12)",
      "name(2) #2": "text(12)",
    });
    expect({}).not.toHaveProperty("polluted");
  });

  it("knows the attributes of a directory's own extension", () => {
    const definition = {
      id: "urn:acme:badge",
      name: "Badge",
      description: "",
      attributes: userSchema.definition.attributes
        .filter(({ name }) => name === "nickName")
        .map((attribute) => ({ ...attribute, name: "badgeColour" })),
    };
    const own = collectNames({
      User: compileResourceSchema("User", userSchema.definition, [definition]),
      Group: groupSchema,
    });

    expect(maskBody({ "urn:acme:badge": { BadgeColour: "puce" } }, own)).toEqual({
      "urn:acme:badge": { BadgeColour: "text(4)" },
    });
  });
});
