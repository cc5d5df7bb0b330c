import type { RemoteUser } from "@muster/connectors";
import { describe, expect, it } from "vitest";
import type { AccountLink, AccountPlan, PlanPolicy } from "./account-plan.ts";
import { attainable } from "./known-account.ts";
import { planAccount } from "./plan-account.ts";

const payload = { schemas: ["u"], externalId: "person-1", userName: "ana", active: true, title: "Engineer" };
const linked: AccountLink = {
  userId: "person-1",
  externalId: "idp-1",
  remoteId: "r1",
  applied: payload,
  verify: false,
  lookups: 0,
  leftForMs: null,
  mayHaveTwin: false,
};
const remote = (change: Partial<RemoteUser>): RemoteUser => ({
  remoteId: "r1",
  externalId: "person-1",
  userName: "ana",
  active: true,
  resource: payload,
  ...change,
});

/** Plans for somebody who is wanted like this, or not at all. */
function plan(
  profile: string,
  wanted: object | null,
  more: { shows?: RemoteUser; link?: object; policy?: Partial<PlanPolicy> } = {},
): AccountPlan {
  const scope = { kind: "everyone" as const };
  return planAccount({
    desired:
      wanted === null
        ? { kind: "absent", scope: { kind: "notAssigned" } }
        : {
            kind: "present",
            userName: "ana",
            payload: { ...payload, ...wanted },
            active: true,
            scope,
            roles: [],
            problems: [],
            derivations: [],
            candidates: [],
          },
    link: { ...linked, ...more.link },
    policy: {
      onLeave: "deactivate",
      deleteAfterDays: null,
      may: { create: true, update: true, deactivate: true, delete: true },
      adoption: { match: ["userName"], foreign: "link" },
      profile,
      ...more.policy,
    },
    observed: more.shows === undefined ? null : { kind: "found", remote: more.shows },
    holder: null,
    decision: null,
  });
}

describe("X11: the plan at an app", () => {
  it("makes a leaver inactive where accounts cannot be deleted, and says why no more is done", () => {
    const policy = { onLeave: "delete" as const };

    expect(plan("canva", null, { policy }).kind).toBe("deactivate");
    expect(plan("canva", null, { policy, link: { applied: { ...payload, active: false } } })).toEqual({
      kind: "forbidden",
      reason: expect.stringContaining("Canva has no DELETE"),
    });
    expect(plan("generic", null, { policy }).kind).toBe("delete");
  });

  it("does nothing about what cannot be changed, and does not believe that it was", () => {
    const renamed = { userName: "ana.l" };

    expect(plan("jfrog", renamed).kind).toBe("none");
    expect(plan("jfrog", { ...renamed, title: "Head" })).toMatchObject({
      kind: "update",
      to: { userName: "ana", title: "Head" },
    });
    expect(attainable(payload, { ...payload, ...renamed }, { profile: "jfrog" })).toEqual(payload);
    expect(plan("generic", renamed).kind).toBe("update");
  });

  it("SB25: takes whoever reads inactive for password pending, unless we made them so", () => {
    const link = { verify: true };
    const shows = remote({ active: false });

    expect(plan("jumpcloud", {}, { link, shows }).kind).toBe("none");
    expect(plan("jumpcloud", null, { link, shows }).kind).toBe("deactivate");
    const left = { verify: true, applied: { ...payload, active: false } };
    expect(plan("jumpcloud", null, { link: left, shows }).kind).toBe("none");
    expect(plan("jumpcloud", {}, { link: left, shows }).kind).toBe("reactivate");
    expect(plan("generic", {}, { link, shows }).kind).toBe("reactivate");
  });
});
