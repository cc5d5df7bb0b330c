import { type Attributes, applyUserPatch, enterpriseUserUrn, parseUser, patchOpUrn, userUrn } from "@muster/scim";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffUser } from "./diff-user.ts";

const base: Attributes = {
  schemas: [userUrn],
  userName: "ada@example.com",
  externalId: "u1",
  active: true,
  name: { givenName: "Ada", familyName: "Byron" },
  emails: [{ value: "ada@example.com", type: "work", primary: true }],
  roles: [{ value: "admin" }, { value: "dev" }],
  [enterpriseUserUrn]: { department: "Maths", manager: { value: "m1" } },
};

describe("diffUser", () => {
  it.each<[string, Attributes]>([
    ["the same", { ...base }],
    ["another order of keys", Object.fromEntries(Object.entries(base).toReversed())],
    ["another order of elements", { ...base, roles: [{ value: "dev" }, { value: "admin" }] }],
    [
      "booleans as strings",
      { ...base, active: "True", emails: [{ value: "ada@example.com", type: "work", primary: "true" }] },
    ],
    [
      "values that are none",
      { ...base, title: null, photos: [], name: { givenName: "Ada", familyName: "Byron", middleName: null } },
    ],
    ["names in another case", { ...base, username: "ada@example.com", userName: null }],
    ["what is not ours", { ...base, id: "7", meta: { version: "W/1" }, schemas: [] }],
  ])("finds no difference in %s", (_case, other) => {
    expect(diffUser(base, other)).toEqual([]);
    expect(diffUser(other, base)).toEqual([]);
  });

  it("deactivates with one operation and a real boolean", () => {
    expect(diffUser(base, { ...base, active: false })).toEqual([{ op: "replace", path: "active", value: false }]);
    expect(diffUser({ ...base, active: "true" }, { ...base, active: false })).toHaveLength(1);
  });

  it("names extension attributes by URN", () => {
    expect(
      diffUser(base, { ...base, [enterpriseUserUrn]: { department: "Engines", manager: { value: "m1" } } }),
    ).toEqual([{ op: "replace", path: `${enterpriseUserUrn}:department`, value: "Engines" }]);
  });

  it("removes each attribute of an extension that is gone", () => {
    const { [enterpriseUserUrn]: _gone, ...rest } = base;

    expect(diffUser(base, rest)).toEqual([
      { op: "remove", path: `${enterpriseUserUrn}:department` },
      { op: "remove", path: `${enterpriseUserUrn}:manager` },
    ]);
  });

  it("removes sub-attributes that are gone, because a replace would leave them", () => {
    expect(diffUser(base, { ...base, name: { givenName: "Ada" } })).toEqual([
      { op: "remove", path: "name.familyName" },
      { op: "replace", path: "name", value: { givenName: "Ada" } },
    ]);
  });

  it("replaces a multi-valued attribute as a whole, and removes it when it is empty", () => {
    expect(diffUser(base, { ...base, roles: [{ value: "dev" }] })).toEqual([
      { op: "replace", path: "roles", value: [{ value: "dev" }] },
    ]);
    expect(diffUser(base, { ...base, roles: [] })).toEqual([{ op: "remove", path: "roles" }]);
  });

  it("puts active first and removals before replacements", () => {
    const { externalId: _gone, ...rest } = base;

    expect(diffUser(base, { ...rest, userName: "b", active: false }).map((operation) => operation.path)).toEqual([
      "active",
      "externalId",
      "userName",
    ]);
  });

  it("V40: carries a __proto__ key as a plain name and pollutes nothing", () => {
    const hostile = JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    ) as Attributes;

    expect(diffUser({}, hostile).map((operation) => operation.path)).toEqual(["__proto__", "constructor"]);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  it("gives operations with which a strict PATCH engine reaches exactly what is wanted", () => {
    fc.assert(
      fc.property(users, users, (from, to) => {
        const Operations = diffUser(from, to);
        if (Operations.length === 0) {
          expect(withoutOrder(parseUser(from).user)).toEqual(withoutOrder(parseUser(to).user));
          return;
        }
        const patched = applyUserPatch(parseUser(from).user, { schemas: [patchOpUrn], Operations });

        expect(patched.notes).toEqual([]);
        expect(withoutOrder(patched.user)).toEqual(withoutOrder(parseUser(to).user));
      }),
    );
  });
});

const word = fc.constantFrom("a", "b", "c", 'ä "q"');
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const elements = fc.uniqueArray(fc.record({ value: word, type: word }), {
  selector: (element) => element.value,
  maxLength: 3,
});
const users: fc.Arbitrary<Attributes> = fc.record({
  schemas: fc.constant([userUrn]),
  userName: word,
  externalId: optional(word),
  active: fc.boolean(),
  title: optional(word),
  name: optional(fc.record({ givenName: word, familyName: word, middleName: word }, { requiredKeys: [] })),
  roles: elements,
  emails: elements,
  [enterpriseUserUrn]: fc.record({ department: word, manager: fc.record({ value: word }) }, { requiredKeys: [] }),
});

/** Multi-valued attributes are sets. */
function withoutOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((element) => JSON.stringify(element)).toSorted();
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutOrder(member)]));
}
