import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyGroupPatch, parseGroup } from "../group.ts";
import { isObject } from "../json.ts";
import { refusalOf } from "../refusal.fixture.ts";
import { ScimError } from "../scim-error.ts";
import { enterpriseUserUrn } from "../urns.ts";
import { applyUserPatch, parseUser, type UserState } from "../user.ts";

const jane: UserState = {
  userName: "jane",
  externalId: null,
  active: true,
  attributes: { name: { givenName: "J" }, emails: [{ value: "a", type: "work" }] },
};

const names = ["__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "__defineGetter__"];
const paths = [
  ...names,
  ...names.map((name) => `${name}.x`),
  ...names.map((name) => `name.${name}`),
  ...names.map((name) => `emails[type eq "work"].${name}`),
  ...names.map((name) => `emails[${name} eq "work"].value`),
  ...names.map((name) => `${name}[type eq "work"].polluted`),
  ...names.map((name) => `${enterpriseUserUrn}:${name}`),
  ...names.map((name) => `${enterpriseUserUrn}:manager.${name}`),
  ...names.map((name) => `urn:x:${name}`),
  "constructor.prototype",
  "__proto__.polluted",
  "name.__proto__.polluted",
  "constructor.prototype.polluted",
];
// JSON.parse makes __proto__ an own key, as a body does; an object literal would not.
const evil: unknown = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}');

const guarded = [Object, Array, String, Function, Number, Boolean, Map, Set, RegExp];

function prototypes(): unknown[] {
  return guarded.flatMap((type) => {
    const descriptors = Object.getOwnPropertyDescriptors(type.prototype);
    return Reflect.ownKeys(descriptors).flatMap((key) => [
      key,
      Object.getOwnPropertyDescriptor(type.prototype, key)?.value,
    ]);
  });
}

function expectUntouched(before: unknown[]): void {
  const after = prototypes();

  expect(after).toHaveLength(before.length);
  expect(after.every((item, index) => Object.is(item, before[index]))).toBe(true);
}

/** Lets bad input be refused by a ScimError 400; anything else fails the test. */
function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof ScimError && error.status === 400) return undefined;
    throw error;
  }
}

function keysAtEveryDepth(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysAtEveryDepth);
  if (!isObject(value)) return [];
  return Reflect.ownKeys(value).flatMap((key) => [String(key), ...keysAtEveryDepth(value[String(key)])]);
}

describe("hostile input", () => {
  it("V40: a PATCH path or key cannot reach a prototype", () => {
    const before = prototypes();
    for (const path of paths) {
      for (const op of ["add", "replace", "remove"]) {
        for (const value of ["x", { polluted: 1 }, [{ polluted: 1 }], evil]) {
          const byPath = attempt(() => applyUserPatch(jane, { Operations: [{ op, path, value }] }));
          const key: unknown = JSON.parse(`{${JSON.stringify(path)}: ${JSON.stringify(value)}}`);
          const byKey = attempt(() => applyUserPatch(jane, { Operations: [{ op: "add", value: key }] }));
          attempt(() =>
            applyGroupPatch(
              { displayName: "g", externalId: null, attributes: {} },
              { Operations: [{ op, path, value }] },
            ),
          );

          expect(byPath?.user ?? jane).toEqual(jane);
          expect(byKey?.user ?? jane).toEqual(jane);
        }
      }
    }

    expectUntouched(before);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  it("V41: prototype keys at any depth of a body are dropped or refused", () => {
    const before = prototypes();
    const slots: ((value: unknown) => unknown)[] = [
      (value) => ({ ...jane, ...(value as object) }),
      (value) => value,
      (value) => ({ userName: "j", name: value }),
      (value) => ({ userName: "j", emails: [value] }),
      (value) => ({ userName: "j", emails: value }),
      (value) => ({ userName: "j", [enterpriseUserUrn]: value }),
      (value) => ({ userName: "j", [enterpriseUserUrn]: { manager: value } }),
      (value) => ({ displayName: "g", members: [value] }),
    ];
    for (const slot of slots) {
      const user = attempt(() => parseUser(slot(evil)));
      const group = attempt(() => parseGroup(slot(evil)));

      expect(keysAtEveryDepth([user?.user, group?.group]).filter((key) => names.includes(key))).toEqual([]);
    }

    expectUntouched(before);
  });

  it("V40, V41: no generated body or path does", () => {
    const before = prototypes();
    const key = fc.oneof(
      fc.constantFrom(...paths, "name", "emails", "active", "members", "value", "type"),
      fc.string(),
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue(),
        fc.dictionary(key, tie("any")),
        fc.array(tie("any"), { maxLength: 3 }),
      ),
    })).any;
    const operation = fc.record(
      { op: fc.constantFrom("add", "Replace", "remove"), path: key, value },
      { requiredKeys: ["op"] },
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 4 }), value, (operations, body) => {
        const outcomes = [
          attempt(() => applyUserPatch(jane, { Operations: operations })),
          attempt(() =>
            applyGroupPatch({ displayName: "g", externalId: null, attributes: {} }, { Operations: operations }),
          ),
          attempt(() => parseUser(isObject(body) ? { userName: "j", ...body } : body)),
          attempt(() => parseGroup(isObject(body) ? { displayName: "j", ...body } : body)),
        ];

        expect(keysAtEveryDepth(outcomes.map((one) => [one])).filter((one) => names.includes(one))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );

    expectUntouched(before);
  });

  it.each([
    ["513 characters", `name.${"a".repeat(508)}`],
    ["513 characters in brackets", `emails[value eq "${"a".repeat(494)}"]`],
    ["6 segments", "a.b.c.d.e.f"],
    ["6 segments after an unknown URN", "urn:x:a.b.c.d.e.f"],
    ["20,000 segments", "a.".repeat(20_000)],
    ["8,000 brackets", "a[".repeat(8_000)],
    ["8,000 colons", "urn:".repeat(8_000)],
  ])("V39: a path of %s is invalidPath, as path and as key", (_, path) => {
    const byPath = refusalOf(() => applyUserPatch(jane, { Operations: [{ op: "add", path, value: "x" }] }));
    const byKey = refusalOf(() => applyUserPatch(jane, { Operations: [{ op: "add", value: { [path]: "x" } }] }));

    for (const refusal of [byPath, byKey]) {
      expect(refusal).toMatchObject({ status: 400, scimType: "invalidPath" });
      expect(refusal.detail.length).toBeLessThan(300);
    }
  });

  it("V39: a path of 512 characters passes", () => {
    const path = `emails[type eq "${"a".repeat(488)}"].value`;

    expect(path).toHaveLength(512);
    expect(applyUserPatch(jane, { Operations: [{ op: "add", path, value: "x" }] }).changed).toBe(true);
  });

  it.each([33, 100_000])("V42: a value that is %i levels deep is refused or dropped, wherever it stands", (depth) => {
    const lists: unknown = JSON.parse("[".repeat(depth) + "]".repeat(depth));
    const objects: unknown = JSON.parse(`${`{"value":`.repeat(depth)}1${"}".repeat(depth)}`);
    const core = '{"urn:ietf:params:scim:schemas:core:2.0:User":';
    const urns: unknown = JSON.parse(`${core.repeat(depth)}1${"}".repeat(depth)}`);
    for (const deep of [lists, objects, urns]) {
      for (const name of ["userName", "active", "name", "emails", "members", "unknown", "schemas", enterpriseUserUrn]) {
        const bodies = [deep, { userName: "j", displayName: "g", [name]: deep }];
        for (const body of bodies) {
          attempt(() => parseUser(body));
          attempt(() => parseGroup(body));
          attempt(() => applyUserPatch(jane, { Operations: [{ op: "add", value: body }] }));
          attempt(() => applyUserPatch(jane, { Operations: [{ op: "remove", path: name, value: deep }] }));
          attempt(() => applyUserPatch(jane, { Operations: deep }));
        }
      }
    }

    expect(attempt(() => parseUser({ userName: lists }))).toBeUndefined();
  });

  it("V48: refuses characters that cannot be stored in paths and keys", () => {
    for (const character of ["\u0000", "\uD800", "\uFFFF"]) {
      const path = `emails[type eq "${character}"].value`;
      const byPath = refusalOf(() => applyUserPatch(jane, { Operations: [{ op: "add", path, value: "x" }] }));
      const byKey = refusalOf(() => applyUserPatch(jane, { Operations: [{ op: "add", value: { [path]: "x" } }] }));

      expect([byPath.scimType, byKey.scimType]).toEqual(["invalidValue", "invalidValue"]);
    }
  });
});
