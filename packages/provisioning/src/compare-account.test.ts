import { profileOf, type RemoteUser } from "@muster/connectors";
import type { DesiredAccount } from "@muster/mapping";
import { type Attributes, enterpriseUserUrn, userUrn } from "@muster/scim";
import { describe, expect, it } from "vitest";
import { compareAccount } from "./compare-account.ts";
import { presentWith } from "./fixtures/plan-input.ts";

const payload: Attributes = {
  schemas: [userUrn],
  externalId: "person-1",
  userName: "ana",
  active: true,
  name: { givenName: "Ana" },
  emails: [
    { value: "a@example.com", primary: true },
    { value: "b@example.com", primary: false },
  ],
  [enterpriseUserUrn]: { department: "Maths" },
};
const present = (active = true): DesiredAccount => presentWith({ ...payload, active });
const APP = { keepsLeavers: false, users: profileOf(null).users };
const absent: DesiredAccount = { kind: "absent", scope: { kind: "deleted" } };
const remote = (change: Attributes, active: boolean | null = true): RemoteUser => ({
  remoteId: "r1",
  externalId: "person-1",
  userName: "ana",
  active,
  resource: { ...payload, ...(active === null ? {} : { active }), ...change },
});

describe("compareAccount", () => {
  it.each<[string, Attributes]>([
    ["the same", {}],
    ["what is not ours", { nickName: "A", meta: { version: "1" } }],
    [
      "another order of values, and what the app adds to them",
      {
        emails: [{ value: "b@example.com" }, { value: "a@example.com", primary: true, display: "A" }],
      },
    ],
    ["a userName in another case", { userName: "ANA" }],
    ["booleans as strings", { emails: [{ value: "a@example.com", primary: "true" }, { value: "b@example.com" }] }],
  ])("SB8: finds no difference in %s", (_case, change) => {
    expect(compareAccount(present(), remote(change), APP)).toEqual({ kind: "equal" });
  });

  it.each<[string, Attributes, string[]]>([
    ["another value", { name: { givenName: "Eva" } }, ["name"]],
    ["a value that is gone", { externalId: null }, ["externalId"]],
    [
      "one value more",
      { emails: [{ value: "a@example.com", primary: true }, { value: "b@example.com" }, { value: "c@example.com" }] },
      ["emails"],
    ],
    [
      "an attribute of an extension",
      { [enterpriseUserUrn]: { department: "Arts" } },
      [`${enterpriseUserUrn}:department`],
    ],
    ["an extension that is gone", { [enterpriseUserUrn]: null }, [`${enterpriseUserUrn}:department`]],
  ])("X16: names the attribute of %s", (_case, change, names) => {
    const compared = compareAccount(present(), remote(change), APP);

    expect(compared.kind).toBe("drifted");
    expect("attributes" in compared ? compared.attributes.map(({ name }) => name) : []).toEqual(names);
  });

  it("tells access that nobody should have from other differences", () => {
    expect(compareAccount(absent, remote({}), APP).kind).toBe("unexpectedActive");
    expect(compareAccount(present(false), remote({}), APP).kind).toBe("unexpectedActive");
    expect(compareAccount(present(), remote({}, false), APP).kind).toBe("drifted");
    expect(compareAccount(absent, remote({}, false), APP).kind).toBe("equal");
    expect(compareAccount(absent, remote({}), { ...APP, keepsLeavers: true }).kind).toBe("equal");
    // An app that never shows `active` gives no reason for an alarm.
    expect(compareAccount(absent, remote({}, null), APP).kind).toBe("equal");
  });

  it("SB25: says nothing of a user who is password pending, nor of what the app does not let be changed", () => {
    const jumpcloud = { ...APP, users: profileOf("jumpcloud").users };
    const jfrog = { ...APP, users: profileOf("jfrog").users };

    expect(compareAccount(present(), remote({}, false), jumpcloud).kind).toBe("equal");
    expect(compareAccount(present(false), remote({}), jumpcloud).kind).toBe("unexpectedActive");
    expect(compareAccount(present(), remote({ userName: "former" }), jfrog).kind).toBe("equal");
  });
});
