import type { RemoteUser } from "@muster/connectors";
import type { DesiredAccount } from "@muster/mapping";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type {
  AccountLink,
  AccountPlan,
  Decision,
  MatchAttribute,
  NameHolder,
  Observed,
  PlanPolicy,
} from "./account-plan.ts";
import { planAccount } from "./plan-account.ts";

const DAY_MS = 86_400_000;
const payload = { schemas: ["u"], externalId: "person-1", userName: "ana", active: true, title: "Engineer" };
const present = (active = true): DesiredAccount => ({
  kind: "present",
  active,
  payload: { ...payload, active },
  scope: { kind: "everyone" },
  roles: [],
  userName: "ana",
  problems: [],
  derivations: [],
  candidates: [],
});
const absent: DesiredAccount = { kind: "absent", scope: { kind: "notAssigned" } };
const unlinked: AccountLink = {
  userId: "person-1",
  externalId: "idp-1",
  remoteId: null,
  applied: null,
  verify: false,
  lookups: 0,
  leftForMs: null,
  mayHaveTwin: false,
};
const linked: AccountLink = { ...unlinked, remoteId: "r1", applied: payload };
const all = { create: true, update: true, deactivate: true, delete: true };
const adoption = (foreign: PlanPolicy["adoption"]["foreign"], ...match: MatchAttribute[]): PlanPolicy["adoption"] => ({
  foreign,
  match: match.length === 0 ? ["externalId", "userName"] : match,
});
const policy: PlanPolicy = { onLeave: "deactivate", deleteAfterDays: null, may: all, adoption: adoption("link") };
const remote = (change: Partial<RemoteUser> = {}): RemoteUser => ({
  remoteId: "r1",
  externalId: "person-1",
  userName: "ana",
  active: true,
  resource: { ...payload, id: "r1", nickName: "set in the app" },
  ...change,
});
const found = (change: Partial<RemoteUser> = {}): Observed => ({ kind: "found", remote: remote(change) });
const missing: Observed = { kind: "missing", conflict: false };
const holder: NameHolder = {
  userId: "person-0",
  remoteId: "r0",
  unfinished: false,
  deleted: true,
  externalId: "idp-1",
};

function plan(
  desired: DesiredAccount,
  link: AccountLink,
  more: { observed?: Observed; holder?: NameHolder; policy?: Partial<PlanPolicy>; decision?: Decision } = {},
): AccountPlan {
  return planAccount({
    desired,
    link,
    policy: { ...policy, ...more.policy },
    observed: more.observed ?? null,
    holder: more.holder ?? null,
    decision: more.decision ?? null,
  });
}

describe("planAccount", () => {
  it.each<[string, AccountPlan["kind"], AccountPlan]>([
    ["creates who is wanted and not there", "create", plan(present(), unlinked)],
    ["never creates somebody inactive", "none", plan(present(false), unlinked)],
    ["leaves alone who was never there and is not wanted", "none", plan(absent, unlinked)],
    ["does nothing when the app has what is wanted (I16)", "none", plan(present(), linked)],
    ["updates what differs", "update", plan(present(), { ...linked, applied: { ...payload, title: "Clerk" } })],
    ["deactivates a leaver", "deactivate", plan(absent, linked)],
    ["deactivates who was suspended at the source", "deactivate", plan(present(false), linked)],
    [
      "reactivates who comes back",
      "reactivate",
      plan(present(), { ...linked, applied: { ...payload, active: false } }),
    ],
    ["does not deactivate twice", "none", plan(absent, { ...linked, applied: { ...payload, active: false } })],
    ["deletes a leaver where the policy says so", "delete", plan(absent, linked, { policy: { onLeave: "delete" } })],
    ["leaves a leaver where the policy says so", "none", plan(absent, linked, { policy: { onLeave: "leave" } })],
    ["looks before acting on a copy in doubt", "look", plan(present(), { ...linked, verify: true })],
    ["F27: looks up before a create is repeated", "look", plan(present(), { ...unlinked, verify: true })],
    [
      "looks for a create that may have happened, also for a leaver",
      "look",
      plan(absent, { ...unlinked, verify: true }),
    ],
    ["adopts what carries our id", "adopt", plan(present(), { ...unlinked, verify: true }, { observed: found() })],
    [
      "adopts an account that nobody owns",
      "adopt",
      plan(present(), unlinked, { observed: found({ externalId: null }) }),
    ],
    [
      "V01: refuses an account with somebody else's externalId",
      "refuse",
      plan(present(), unlinked, { observed: found({ externalId: "other" }) }),
    ],
    [
      "refuses to adopt where the policy says so",
      "refuse",
      plan(present(), unlinked, { observed: found({ externalId: null }), policy: { adoption: adoption("conflict") } }),
    ],
    [
      "refuses when the app finds two",
      "refuse",
      plan(present(), unlinked, { observed: { kind: "ambiguous", count: 2 } }),
    ],
    [
      "refuses a conflict that cannot be found",
      "refuse",
      plan(present(), unlinked, { observed: { kind: "missing", conflict: true } }),
    ],
    [
      "trap 6: waits for an unfinished removal of the same name",
      "wait",
      plan(present(), unlinked, { holder: { ...holder, unfinished: true } }),
    ],
    ["trap 6: takes over what the same person left", "takeOver", plan(present(), unlinked, { holder })],
    [
      "trap 6: leaves the account of a different person for somebody to decide",
      "refuse",
      plan(present(), unlinked, { holder: { ...holder, externalId: "idp-2" } }),
    ],
  ])("%s", (_sentence, kind, made) => {
    expect(made.kind).toBe(kind);
  });

  it("F30: waits 2 s, then 4 s, before it believes that a create never happened, and creates at the third look", () => {
    const plans = [0, 1, 2].map((lookups) =>
      plan(present(), { ...unlinked, verify: true, lookups }, { observed: missing }),
    );

    expect(plans.map((made) => (made.kind === "wait" ? made.delayMs : made.kind))).toEqual([2_000, 4_000, "create"]);
  });

  it("SB8: compares only what we manage, so that what the app added stays", () => {
    expect(plan(present(), { ...linked, verify: true }, { observed: found() }).kind).toBe("none");
  });

  it("repairs what somebody changed in the app", () => {
    const drifted = found({ resource: { ...payload, title: "Changed by hand" } });

    const made = plan(present(), { ...linked, verify: true }, { observed: drifted });

    expect(made).toMatchObject({ kind: "update", from: { title: "Changed by hand" }, to: { title: "Engineer" } });
  });

  const links = fc.record({
    userId: fc.constant("person-1"),
    externalId: fc.constantFrom(null, "idp-1"),
    remoteId: fc.constantFrom(null, "r1"),
    applied: fc.constantFrom(null, payload, { ...payload, active: false }, { active: true }),
    verify: fc.boolean(),
    lookups: fc.nat({ max: 4 }),
    leftForMs: fc.constantFrom(null, 0, 40 * DAY_MS),
    mayHaveTwin: fc.boolean(),
  });
  const observations = fc.constantFrom<Observed | null>(
    null,
    missing,
    { kind: "missing", conflict: true },
    { kind: "ambiguous", count: 3 },
    found(),
    found({ active: false, resource: { ...payload, active: false } }),
    found({ externalId: null }),
    found({ externalId: "other" }),
    { kind: "found", remote: remote(), by: "remoteId", twins: [remote({ remoteId: "r2" })] },
    { kind: "found", remote: remote({ externalId: null }), by: "email" },
    { kind: "linked", conflict: false },
    { kind: "linked", conflict: true },
  );
  const holders = fc.constantFrom<NameHolder | null>(
    null,
    holder,
    { ...holder, unfinished: true },
    { ...holder, deleted: false },
  );
  const policies = fc.record({
    onLeave: fc.constantFrom("deactivate" as const, "delete" as const, "leave" as const),
    deleteAfterDays: fc.constantFrom(null, 1, 90),
    may: fc.record({ create: fc.boolean(), update: fc.boolean(), deactivate: fc.boolean(), delete: fc.boolean() }),
    adoption: fc.record({
      match: fc.subarray<MatchAttribute>(["externalId", "userName", "email"], { minLength: 1 }),
      foreign: fc.constantFrom("link" as const, "ask" as const, "conflict" as const),
    }),
  });
  const decisions = fc.constantFrom<Decision | null>(
    null,
    { kind: "link", remoteId: "r1" },
    { kind: "createNew" },
    { kind: "ignore" },
  );

  it("I08: gives nobody access who should have none, whatever is known", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(absent, present(false)),
        links,
        observations,
        holders,
        policies,
        decisions,
        (desired, link, observed, held, chosen, decision) => {
          const made = planAccount({ desired, link, observed, holder: held, policy: chosen, decision });

          expect(["create", "reactivate"]).not.toContain(made.kind);
          if ("to" in made) expect(made.to.active).toBe(false);
        },
      ),
    );
  });

  it("I06: creates only when nothing is linked, nothing was found and no name is held", () => {
    fc.assert(
      fc.property(links, observations, holders, policies, decisions, (link, observed, held, chosen, decision) => {
        const made = planAccount({ desired: present(), link, observed, holder: held, policy: chosen, decision });
        if (made.kind !== "create") return;

        expect(link.remoteId).toBeNull();
        expect(held).toBeNull();
        expect(observed?.kind === "found" || observed?.kind === "ambiguous").toBe(false);
        expect(link.verify && observed === null).toBe(false);
      }),
    );
  });

  const desires = fc.constantFrom(absent, present(), present(false));
  const anything = fc.record({
    desired: desires,
    link: links,
    observed: observations,
    holder: holders,
    policy: policies,
    decision: decisions,
  });

  it("D5, SE6: never plans a step that the connection's policy forbids", () => {
    const needs = {
      create: "create",
      update: "update",
      reactivate: "update",
      deactivate: "deactivate",
      delete: "delete",
    };
    fc.assert(
      fc.property(anything, (input) => {
        const made = planAccount(input);
        const needed = Object.entries(needs).find(([kind]) => kind === made.kind)?.[1];

        if (needed !== undefined) expect(Object.entries(input.policy.may)).toContainEqual([needed, true]);
        if (made.kind === "forbidden")
          expect(made.reason).toMatch(/settings\.policies\.(create|update|deactivate|delete)/);
      }),
    );
  });

  it("V01: adopts only what is ours, what nobody owns and the policy links, or what somebody decided", () => {
    fc.assert(
      fc.property(anything, ({ desired, link, observed, holder: held, policy: chosen, decision }) => {
        const made = planAccount({ desired, link, observed, holder: held, policy: chosen, decision });
        if (made.kind !== "adopt") return;
        const decided = decision?.kind === "link" && decision.remoteId === made.remote.remoteId;
        const linked = made.remote.externalId === null && chosen.adoption.foreign === "link" && decision === null;

        expect(made.remote.externalId === link.userId || decided || linked).toBe(true);
      }),
    );
  });

  it("I06: retires only twins, never the linked account, and only after a create was left behind", () => {
    fc.assert(
      fc.property(anything, (input) => {
        const made = planAccount(input);
        if (made.kind !== "retireTwins") return;
        const { may } = input.policy;

        expect(input.link.mayHaveTwin).toBe(true);
        expect(made.twins.map((twin) => twin.remoteId)).toEqual(["r2"]);
        expect(made.deletes ? may.delete : may.deactivate).toBe(true);
      }),
    );
  });

  it("deletes only what is linked, of somebody who left, when the days are over", () => {
    fc.assert(
      fc.property(anything, (input) => {
        const made = planAccount(input);
        if (made.kind !== "delete") return;

        expect(input.desired.kind).toBe("absent");
        expect(made.remoteId).toBe(input.link.remoteId);
        expect(input.policy.onLeave).toBe("delete");
        expect((input.link.leftForMs ?? 0) >= (input.policy.deleteAfterDays ?? 0) * DAY_MS).toBe(true);
      }),
    );
  });

  it.each<[string, AccountPlan["kind"], AccountPlan]>([
    [
      "I06: looks before it creates where an e-mail address may match",
      "look",
      plan(present(), unlinked, { policy: { adoption: adoption("link", "email") } }),
    ],
    [
      "looks for an account to link where none may be created",
      "look",
      plan(present(), unlinked, { policy: { may: { ...all, create: false } } }),
    ],
    [
      "makes one beside the others when somebody decided so",
      "create",
      plan(present(), unlinked, {
        policy: { adoption: adoption("link", "email") },
        decision: { kind: "createNew" },
      }),
    ],
    [
      "refuses what somebody told it to ignore",
      "refuse",
      plan(present(), { ...unlinked, verify: true }, { decision: { kind: "ignore" } }),
    ],
    [
      "deactivates a leaver who is to be deleted later",
      "deactivate",
      plan(absent, linked, { policy: { onLeave: "delete", deleteAfterDays: 30 } }),
    ],
    [
      "deletes that leaver when the days are over",
      "delete",
      plan(
        absent,
        { ...linked, applied: { ...payload, active: false }, leftForMs: 30 * DAY_MS },
        { policy: { onLeave: "delete", deleteAfterDays: 30 } },
      ),
    ],
  ])("%s", (_sentence, kind, made) => {
    expect(made.kind).toBe(kind);
  });
});
