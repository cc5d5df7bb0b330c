import type { DesiredAccount } from "@muster/mapping";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeChange } from "./describe-change.ts";

const because = { kind: "default" } as const;
const present = (payload: { [name: string]: string }, roles: string[] = [], active = true): DesiredAccount => ({
  kind: "present",
  userName: "ana",
  problems: [],
  derivations: [],
  candidates: [],
  payload: { userName: "ana", ...payload },
  active,
  scope: { kind: "everyone" },
  roles: roles.map((role) => ({ role, because })),
});
const absent: DesiredAccount = { kind: "absent", scope: { kind: "notAssigned" } };

describe("describeChange", () => {
  const rows: [string, DesiredAccount, DesiredAccount, object | null][] = [
    ["somebody comes into scope", absent, present({}, ["x"]), { kind: "gains", rolesBefore: [], rolesAfter: ["x"] }],
    ["somebody leaves it", present({}, ["x"]), absent, { kind: "loses", rolesBefore: ["x"], rolesAfter: [] }],
    ["somebody is made inactive", present({}), present({}, [], false), { kind: "loses" }],
    ["nobody had access and nobody gets it", absent, present({}, ["x"], false), null],
    ["another role", present({}, ["x"]), present({}, ["y"]), { kind: "roles", rolesBefore: ["x"], rolesAfter: ["y"] }],
    ["another order of roles", present({}, ["x", "y"]), present({}, ["y", "x"]), { kind: "roles" }],
    ["another title", present({ title: "a" }), present({ title: "b" }), { kind: "attributes", attributes: ["title"] }],
    ["a title that goes", present({ title: "a" }), present({}), { kind: "attributes", attributes: ["title"] }],
    [
      "another role and another title",
      present({ title: "a" }, ["x"]),
      present({ title: "b" }, ["y"]),
      { kind: "roles", attributes: ["title"] },
    ],
  ];

  it.each(rows)("G12: %s", (_name, before, after, change) => {
    if (change === null) expect(describeChange(before, after)).toBeNull();
    else expect(describeChange(before, after)).toMatchObject(change);
  });

  it("G12: of what stays the same there is nothing to say, and gains mirror losses", () => {
    const texts = fc.dictionary(fc.constantFrom("title", "nickName"), fc.string());
    const roles = fc.uniqueArray(fc.constantFrom("x", "y", "z"));
    const desired = fc.oneof(
      fc.constant(absent),
      fc.tuple(texts, roles, fc.boolean()).map((all) => present(...all)),
    );

    fc.assert(
      fc.property(desired, desired, (one, other) => {
        const [there, back] = [describeChange(one, other), describeChange(other, one)];
        const mirrored = { gains: "loses", loses: "gains", roles: "roles", attributes: "attributes" } as const;

        expect(describeChange(one, one)).toBeNull();
        expect(back?.kind).toBe(there === null ? undefined : mirrored[there.kind]);
        expect(back?.rolesBefore).toEqual(there?.rolesAfter);
      }),
    );
  });
});
