import { describe, expect, it } from "vitest";
import type { AppUser } from "../sample-app/sample-app.ts";
import { CAST, type Ending } from "./cast.ts";
import { compareApp } from "./compare-app.ts";

const endings: Ending[] = [
  { userName: "ana@acme.example", active: true, roles: ["viewer"] },
  { userName: "femi@acme.example", active: false },
];

const account = (userName: string, active: boolean, ...roles: string[]): AppUser => ({
  id: userName,
  userName,
  externalId: undefined,
  active,
  roles,
  raw: {},
});
const ana = account("Ana@acme.example", true, "viewer");
const femi = account("femi@acme.example", false, "editor");

describe("compareApp", () => {
  it("is content when everybody is as they should be, inactive strangers included", () => {
    const users = [ana, femi, account("jc-test@example.com", false)];

    expect(compareApp({ users, duplicates: [] }, endings)).toEqual([]);
  });

  it.each([
    ["a missing account", [femi], "ana@acme.example has no account"],
    ["a second account", [ana, ana, femi], "ana@acme.example has 2 accounts"],
    ["somebody inactive", [account("ana@acme.example", false), femi], "is inactive and should be active"],
    ["a leaver who is active", [ana, account("femi@acme.example", true)], "is active and should be inactive"],
    ["another role", [account("ana@acme.example", true, "admin"), femi], "has role admin and should have role viewer"],
    ["one role too many", [account("ana@acme.example", true, "viewer", "admin"), femi], "has role viewer, admin"],
    ["no role", [account("ana@acme.example", true), femi], "has no role and should have role viewer"],
    ["an active stranger", [ana, femi, account("jc-test@example.com", true)], "jc-test@example.com is active"],
  ])("names %s", (_case, users, message) => {
    const wrong = compareApp({ users, duplicates: [] }, endings);

    expect(wrong).toHaveLength(1);
    expect(wrong[0]).toContain(message);
  });

  it("I06: names a second account that is gone again", () => {
    const duplicates = [{ by: "externalId" as const, value: "e1", remoteIds: ["a", "b"] }];

    expect(compareApp({ users: [ana, femi], duplicates }, endings)).toEqual([
      "2 accounts were created for externalId e1",
    ]);
  });
});

describe("the cast", () => {
  it("is twelve people with twelve userNames, and every ending occurs", () => {
    const cast = Object.values(CAST).map((member) => member.ending);

    expect(new Set(cast.map((ending) => ending.userName)).size).toBe(12);
    expect(new Set(cast.map((ending) => (ending.active ? ending.roles.join() : "inactive")))).toEqual(
      new Set(["viewer", "admin", "inactive"]),
    );
  });
});
