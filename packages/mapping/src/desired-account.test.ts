import { enterpriseUserUrn, userUrn } from "@muster/scim";
import { describe, expect, it } from "vitest";
import { type DesiredAccount, type Person, desiredAccount as withContext } from "./desired-account.ts";
import { type AccountPolicy, preparePolicy } from "./prepare-policy.ts";
import type { RolePolicy } from "./roles/rule.ts";

const person: Person = {
  userId: "person-1",
  user: {
    userName: "ana",
    externalId: "idp-1",
    active: true,
    attributes: {
      name: { givenName: "Ana" },
      roles: [{ value: "superuser" }],
      entitlements: [{ value: "all" }],
      [enterpriseUserUrn]: { department: "R&D", manager: { value: "someone at the source" } },
    },
  },
  deleted: false,
  groupIds: ["staff", "admins"],
};
const rules: RolePolicy = {
  precedence: "first",
  defaultRole: "viewer",
  rules: [
    { groupIds: ["admins"], role: "admin", condition: null },
    { groupIds: ["staff"], role: "editor", condition: null },
  ],
};
const policy = { everyone: false, assignedGroupIds: ["staff"], ...rules };

const desiredAccount = (some: Person, by: AccountPolicy): DesiredAccount =>
  withContext(some, preparePolicy(by), { nowMs: 0, applied: null });

const rolesOf = (desired: DesiredAccount): unknown =>
  desired.kind === "present" ? desired.payload.roles : desired.kind;

describe("desiredAccount", () => {
  it("wants a member of an assigned group, and says by which group", () => {
    expect(desiredAccount(person, policy)).toMatchObject({
      kind: "present",
      scope: { kind: "group", groupId: "staff" },
    });
  });

  it("SD17: wants nobody who is in no assigned group, and nobody who was deleted", () => {
    expect(desiredAccount({ ...person, groupIds: ["admins"] }, policy)).toEqual({
      kind: "absent",
      scope: { kind: "notAssigned" },
      validUntilMs: null,
    });
    expect(desiredAccount({ ...person, deleted: true }, { ...policy, everyone: true })).toEqual({
      kind: "absent",
      scope: { kind: "deleted" },
      validUntilMs: null,
    });
  });

  it("D2: keeps a person while any assigned group holds them", () => {
    const two = { ...policy, assignedGroupIds: ["staff", "admins"] };

    expect(desiredAccount({ ...person, groupIds: ["admins"] }, two).kind).toBe("present");
  });

  it("sends our id as externalId, the person's attributes, and the extension without the source's manager id", () => {
    const desired = desiredAccount(person, policy);

    expect(desired.kind === "present" && desired.payload).toEqual({
      schemas: [userUrn, enterpriseUserUrn],
      externalId: "person-1",
      userName: "ana",
      active: true,
      name: { givenName: "Ana" },
      roles: [{ value: "admin", primary: true }],
      [enterpriseUserUrn]: { department: "R&D" },
    });
  });

  it("V34: never lets the source's own roles or entitlements through", () => {
    const desired = desiredAccount({ ...person, groupIds: ["staff"] }, { ...policy, rules: [], defaultRole: null });

    expect(JSON.stringify(desired)).not.toMatch(/superuser|entitlements/);
    expect(rolesOf(desired)).toBeUndefined();
  });

  it("gives the first rule's role, every rule's, or the default", () => {
    expect(rolesOf(desiredAccount(person, policy))).toEqual([{ value: "admin", primary: true }]);
    expect(rolesOf(desiredAccount(person, { ...policy, precedence: "all" }))).toEqual([
      { value: "admin", primary: true },
      { value: "editor", primary: false },
    ]);
    expect(rolesOf(desiredAccount(person, { ...policy, rules: [] }))).toEqual([{ value: "viewer", primary: true }]);
  });
});
