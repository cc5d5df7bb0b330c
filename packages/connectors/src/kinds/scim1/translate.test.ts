import { type Attributes, enterpriseUserUrn, groupUrn, isAttributes, type Json, userUrn } from "@muster/scim";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffUser } from "../scim/diff-user.ts";
import { toOldPatch } from "./translate-patch.ts";
import { coreUrn, fromOld, toOld } from "./translate-resource.ts";

const OLD_ENTERPRISE = "urn:scim:schemas:extension:enterprise:1.0";

const text = fc.string({ minLength: 1, maxLength: 8 });
const user: fc.Arbitrary<Attributes> = fc
  .record(
    {
      userName: text,
      externalId: text,
      active: fc.boolean(),
      title: text,
      name: fc.record({ givenName: text, familyName: text }, { requiredKeys: [] }),
      emails: fc.uniqueArray(fc.record({ value: text, type: text }), { maxLength: 3, selector: ({ value }) => value }),
      [enterpriseUserUrn]: fc.record(
        { department: text, manager: fc.record({ value: text, displayName: text }, { requiredKeys: ["value"] }) },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ["userName", "active"] },
  )
  .map((given) => structuredClone(given) as Attributes);

describe("H8: users and groups in the words of SCIM 1.1", () => {
  it("H8: what is written and read again is what it was, under its schemas", () => {
    fc.assert(
      fc.property(user, (given) => {
        const schemas = [userUrn, ...Object.keys(given).filter((name) => name.includes(":"))];
        expect(fromOld(toOld(given), "User")).toEqual({ schemas, ...given });
        expect(JSON.stringify(toOld(given))).not.toContain("urn:ietf");
      }),
    );
  });

  it("H8: one core schema, the extension under its own URN, and a manager by managerId", () => {
    const given = { schemas: [userUrn], userName: "ada", [enterpriseUserUrn]: { manager: { value: "7" } } };

    expect(toOld(given)).toEqual({
      schemas: [coreUrn, OLD_ENTERPRISE],
      userName: "ada",
      [OLD_ENTERPRISE]: { manager: { managerId: "7" } },
    });
    expect(toOld({ schemas: [groupUrn], displayName: "Staff" })).toEqual({ schemas: [coreUrn], displayName: "Staff" });
  });
});

/** What a server of SCIM 1.1 makes of a PATCH: clears what it is told to, then merges. */
function merge(before: Attributes, { meta, schemas: _schemas, ...part }: Attributes): Attributes {
  const after = structuredClone(before);
  const cleared = isAttributes(meta ?? null) ? (meta as Attributes)["attributes"] : [];
  for (const path of cleared as string[]) {
    const end = path.lastIndexOf(":");
    const keys = [...(end < 0 ? [] : [path.slice(0, end)]), ...path.slice(end + 1).split(".")];
    const last = keys.pop() ?? "";
    const holder = keys.reduce<Json>((at, key) => (isAttributes(at) ? (at[key] ?? {}) : {}), after);
    if (isAttributes(holder)) delete holder[last];
  }
  return mergeInto(after, part);
}

function mergeInto(before: Attributes, part: Attributes): Attributes {
  const after = { ...before };
  for (const [name, value] of Object.entries(part)) {
    const old = after[name] ?? null;
    const isList = Array.isArray(value) && Array.isArray(old);
    after[name] = isList
      ? [...old, ...value]
      : isAttributes(value) && isAttributes(old)
        ? mergeInto(old, value)
        : value;
  }
  return after;
}

describe("H8: PATCH in the words of SCIM 1.1", () => {
  it("H8: what it makes of one user is the other, for any two", () => {
    fc.assert(
      fc.property(user, user, (from, to) => {
        const operations = diffUser(from, to);
        const patch = toOldPatch(operations);
        const { schemas: _before, ...before } = toOld(from);
        const { schemas: _after, ...after } = toOld(to);

        // Nothing is different any more, by the rules by which a difference is found.
        expect(patch).not.toBeNull();
        const made = fromOld(merge(before, patch ?? {}), "User");
        expect(diffUser(made, fromOld(after, "User"))).toEqual([]);
      }),
    );
  });

  it("H8: members are added, and deleted by their operation, in one request", () => {
    const operations: Json[] = [
      { op: "remove", path: 'members[value eq "a\\"b"]' },
      { op: "add", path: "members", value: [{ value: "c" }] },
    ];

    expect(toOldPatch(operations)).toEqual({
      schemas: [coreUrn],
      members: [{ value: 'a"b', operation: "delete" }, { value: "c" }],
    });
  });

  it("H8: what is cleared is named in meta.attributes, a list before it is set, the extension's by its URN", () => {
    const operations: Json[] = [
      { op: "remove", path: "name.middleName" },
      { op: "remove", path: `${enterpriseUserUrn}:department` },
      { op: "replace", path: "emails", value: [{ value: "a@b.example" }] },
      { op: "replace", path: `${enterpriseUserUrn}:manager.value`, value: "7" },
    ];

    expect(toOldPatch(operations)).toEqual({
      schemas: [coreUrn, OLD_ENTERPRISE],
      meta: { attributes: ["name.middleName", `${OLD_ENTERPRISE}:department`, "emails"] },
      emails: [{ value: "a@b.example" }],
      [OLD_ENTERPRISE]: { manager: { managerId: "7" } },
    });
  });

  it.each<Json>([
    { op: "replace", path: 'emails[type eq "work"].value', value: "x" },
    { op: "remove", path: "members" },
    { op: "replace", value: { title: "x" } },
    { op: "replace", path: "title" },
  ])("H8: %j has no words in it, and is not sent", (operation) => {
    expect(toOldPatch([operation])).toBeNull();
  });
});
