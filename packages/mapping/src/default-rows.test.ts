import { type Attributes, enterpriseUserUrn, equalJson, type UserState } from "@muster/scim";
import fc from "fast-check";
import { expect, it } from "vitest";
import { defaultMapping } from "./default-mapping.ts";
import { defaultRows } from "./default-rows.ts";
import { mapAccount } from "./map-account.ts";
import { preparePolicy } from "./prepare-policy.ts";

const text = fc.string({ maxLength: 12 });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const value = fc.record(
  { value: text, type: fc.constantFrom("work", "home"), primary: fc.boolean(), display: maybe(text) },
  { requiredKeys: [] },
);
const attributes = fc.record(
  {
    name: fc.record({ givenName: maybe(text), familyName: text, formatted: text }, { requiredKeys: [] }),
    displayName: maybe(text),
    title: text,
    locale: text,
    emails: fc.array(value, { maxLength: 3 }),
    addresses: fc.array(fc.record({ streetAddress: text, postalCode: text }, { requiredKeys: [] }), { maxLength: 2 }),
    roles: fc.array(value, { maxLength: 2 }),
    password: text,
    [enterpriseUserUrn]: fc.record(
      { employeeNumber: maybe(text), costCenter: text, department: text, manager: fc.record({ value: text }) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);
const users = fc.record({
  userName: fc.string({ minLength: 1, maxLength: 12 }),
  externalId: maybe(text),
  active: fc.boolean(),
  attributes: attributes as unknown as fc.Arbitrary<Attributes>,
}) satisfies fc.Arbitrary<UserState>;

const prepared = preparePolicy({
  everyone: true,
  assignedGroupIds: [],
  precedence: "all",
  defaultRole: null,
  rules: [],
  mapping: [...defaultRows],
});

it("the product's own mapping is the same as rows: for any person and roles, with our externalId (E1)", () => {
  expect(prepared.mapping?.kind).toBe("mapping");
  fc.assert(
    fc.property(users, fc.uniqueArray(fc.constantFrom("admin", "viewer", "editor")), (user, roles) => {
      const person = { userId: "person-1", user };
      const mapped = mapAccount(prepared, { person, roles, nowMs: 0, applied: null, taken: undefined });
      const own = defaultMapping({ userId: "person-1", user, roles });

      expect(mapped.problems).toEqual([]);
      expect(equalJson(mapped.payload, own) ? own : mapped.payload).toEqual(own);
    }),
    { numRuns: 300 },
  );
});
