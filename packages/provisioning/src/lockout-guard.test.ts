import type { DesiredAccount } from "@muster/mapping";
import type { ClaimedAccount } from "@muster/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLockoutGuard } from "./lockout-guard.ts";

const account = (userId: string, roles: readonly string[], active = true): ClaimedAccount => ({
  userId,
  generation: 1,
  removal: false,
  removalAgeMs: null,
  remoteId: `remote-${userId}`,
  applied: { active, roles: roles.map((value) => ({ value })) },
  verify: false,
  lookups: 0,
  attempts: 0,
  leftForMs: null,
  traceId: null,
  twinForMs: null,
  linkedForMs: null,
  seated: false,
  waits: false,
});
const gone: DesiredAccount = { kind: "absent", scope: { kind: "notAssigned" } };
const present = (roles: readonly string[], active = true): DesiredAccount => ({
  kind: "present",
  userName: "somebody",
  problems: [],
  derivations: [],
  candidates: [],
  payload: {},
  active,
  scope: { kind: "everyone" },
  roles: roles.map((role) => ({ role, because: { kind: "default" } })),
});
const guard = (
  batch: readonly ClaimedAccount[],
  given: { roles?: string[]; userIds?: string[]; heldElsewhere?: string[]; onLeave?: "deactivate" | "leave" } = {},
) =>
  createLockoutGuard(
    { protectedRoles: given.roles ?? ["owner"], onLeave: given.onLeave ?? "deactivate" },
    { userIds: given.userIds ?? [], heldElsewhere: given.heldElsewhere ?? [] },
    batch,
  );

describe("X9: the lockout guard", () => {
  const ana = account("ana", ["owner", "editor"]);
  it.each<[string, DesiredAccount, Parameters<typeof guard>[1], string | null]>([
    [
      "the last holder is not removed",
      gone,
      {},
      'nobody else active has the protected role "owner", and would lose access',
    ],
    ["nor made inactive", present(["owner", "editor"], false), {}, "would lose access"],
    ["nor demoted", present(["editor"]), {}, 'would lose "owner"'],
    ["but may lose another role", present(["owner"]), {}, null],
    ["with another holder they go", gone, { heldElsewhere: ["owner"] }, null],
    ["a role that nobody protects goes", gone, { roles: ["admin"] }, null],
    ["where accounts stay, nothing is lost", gone, { onLeave: "leave", userIds: ["ana"] }, null],
    [
      "somebody protected by name is not removed",
      gone,
      { roles: [], userIds: ["ana"] },
      "this person is protected, and would lose access",
    ],
    [
      "nor demoted",
      present(["owner"]),
      { roles: [], userIds: ["ana"] },
      'this person is protected, and would lose "editor"',
    ],
    ["but may gain", present(["owner", "editor", "x"]), { roles: [], userIds: ["ana"] }, null],
  ])("%s", (_what, desired, given, reason) => {
    const lockout = guard([ana], given).judge(ana, desired);

    expect(lockout?.reason ?? null).toEqual(reason === null ? null : expect.stringContaining(reason));
  });

  it("of two who both go one stays, whichever comes last", () => {
    const ben = account("ben", ["owner"]);
    const both = guard([ana, ben]);

    expect([both.judge(ben, gone), both.judge(ana, gone)?.role]).toEqual([null, "owner"]);
  });

  it("somebody inactive, or without an account, holds nothing and is not kept", () => {
    const [off, none] = [account("off", ["owner"], false), { ...account("none", ["owner"]), remoteId: null }];
    const all = guard([ana, off, none], { userIds: ["off", "none"] });

    expect([all.judge(off, gone), all.judge(none, gone)]).toEqual([null, null]);
    expect(all.judge(ana, gone)?.role).toBe("owner");
  });

  it("whatever goes in whatever order, every protected role that somebody had is still had", () => {
    const roles = fc.uniqueArray(fc.constantFrom<string>("owner", "admin", "viewer"));
    const people = fc.array(fc.record({ has: roles, wants: fc.option(roles) }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(people, (some) => {
        const batch = some.map(({ has }, index) => account(String(index), has));
        const all = guard(batch, { roles: ["owner", "admin"] });
        const left = some.flatMap(({ has, wants }, index) => {
          const one = batch[index] ?? ana;
          return all.judge(one, wants === null ? gone : present(wants)) === null ? (wants ?? []) : has;
        });
        const had = new Set(some.flatMap(({ has }) => has));

        for (const role of ["owner", "admin"]) if (had.has(role)) expect(left).toContain(role);
      }),
    );
  });
});
