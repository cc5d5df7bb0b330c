import type { DesiredAccount } from "@muster/mapping";
import type { Attributes } from "@muster/scim";
import { describe, expect, it } from "vitest";
import type { AccountPlan, Ask, Observed, PlanInput } from "./account-plan.ts";
import { approvalChanges } from "./approval-changes.ts";
import { absent, presentWith, unlinkedPerson } from "./fixtures/plan-input.ts";
import { planAccount } from "./plan-account.ts";
import type { Approval } from "./plan-approval.ts";

const role = (...keys: string[]) => keys.map((value) => ({ value }));
const payload: Attributes = { schemas: ["u"], externalId: "p1", userName: "ana", active: true, roles: role("viewer") };
const present = (over: Attributes = {}): DesiredAccount => presentWith({ ...payload, ...over });
const link = unlinkedPerson("p1");
const active = { ...link, remoteId: "r1", applied: payload };
const inactive = { ...link, remoteId: "r1", applied: { ...payload, active: false } };
const ALL = ["create", "update", "deactivate", "delete"] as const;
const input: PlanInput = {
  desired: present(),
  link,
  policy: {
    onLeave: "deactivate",
    deleteAfterDays: null,
    may: { create: true, update: true, deactivate: true, delete: true },
    adoption: { foreign: "link", match: ["externalId", "userName"] },
    approvals: ALL,
  },
  observed: null,
  holder: null,
  decision: null,
};
const only = (...approvals: (typeof ALL)[number][]) => ({ ...input.policy, approvals });
const deleting = (...approvals: (typeof ALL)[number][]) => ({ ...only(...approvals), onLeave: "delete" as const });
const foundAs = (externalId: string | null): Observed => ({
  kind: "found",
  by: "userName",
  remote: { remoteId: "r1", externalId, userName: "ana", active: true, resource: { ...payload, id: "r1" } },
});
const found = foundAs(null);
const former = { userId: "p0", remoteId: "r0", unfinished: false, deleted: true, externalId: "idp-1" };
const planOf = (over: Partial<PlanInput>): AccountPlan => planAccount({ ...input, ...over });
const askOf = (over: Partial<PlanInput>): Ask => {
  const plan = planOf(over);
  if (plan.kind !== "unapproved") throw new Error(`The plan is ${plan.kind}`);
  return plan.ask;
};
const decided = (ask: Ask, state: Approval["state"] = "approved"): Approval => ({
  ...ask,
  id: "a1",
  state,
  decidedBy: "key:ops",
});

describe("D6: a step that needs an approval", () => {
  it.each<[string, Partial<PlanInput>, Ask["action"]]>([
    ["an account is made", {}, "create"],
    ["one that nobody owns is adopted", { link: { ...link, verify: true }, observed: found }, "create"],
    ["a former person's is taken over", { link: { ...link, verify: true, lookups: 2 }, holder: former }, "create"],
    ["one is made active", { link: inactive }, "create"],
    ["one is changed", { link: active, desired: present({ title: "Lead" }) }, "update"],
    ["one is made inactive", { link: active, desired: absent }, "deactivate"],
    ["the person's own account is inactive", { link: active, desired: present({ active: false }) }, "deactivate"],
    ["one is deleted", { link: active, desired: absent, policy: deleting(...ALL) }, "delete"],
  ])("where %s: waits, is named, and goes once exactly that is approved", (_, over, action) => {
    const ask = askOf(over);
    const before = planOf({ ...over, approval: decided(ask, "waiting") });
    const rejected = planOf({ ...over, approval: decided(ask, "rejected") });
    const after = planOf({ ...over, approval: decided(ask) });

    expect(ask.action).toBe(action);
    expect(before).toMatchObject({ kind: "unapproved", reason: expect.stringContaining("Waits for approval") });
    expect(rejected).toMatchObject({ kind: "unapproved", reason: expect.stringContaining("Rejected by key:ops") });
    expect(after.kind).toBe(planOf({ ...over, policy: { ...input.policy, ...over.policy, approvals: [] } }).kind);
  });

  it.each<[string, Partial<PlanInput>, AccountPlan["kind"]]>([
    ["a removal is never asked about unless it is chosen", { link: active, desired: absent }, "deactivate"],
    ["nor is a deletion", { link: active, desired: absent, policy: deleting("create", "update") }, "delete"],
    [
      "where only deletions are asked about, a leaver's access ends at once",
      { link: active, desired: absent, policy: deleting("delete") },
      "deactivate",
    ],
    [
      "and what waits is the deletion of an inactive account",
      { link: inactive, desired: absent, policy: deleting("delete") },
      "unapproved",
    ],
    [
      "which holds an account up that nobody may make inactive",
      {
        link: active,
        desired: absent,
        policy: { ...deleting("delete"), may: { ...input.policy.may, deactivate: false } },
      },
      "unapproved",
    ],
    ["nor is what needs nothing", { link: active }, "none"],
    [
      "nor is an account of ours that is found again",
      { link: { ...link, verify: true }, observed: foundAs("p1") },
      "adopt",
    ],
    ["the gate is asked first", { gated: true, policy: only("create") }, "gated"],
    ["and whoever waits for both waits for no seat yet", { seatless: true, policy: only("create") }, "unapproved"],
    ["a create of unknown fate is looked up", { link: { ...link, verify: true }, policy: only("create") }, "look"],
    [
      "what is forbidden is not asked about",
      { link: active, desired: present({ title: "x" }), policy: denied() },
      "forbidden",
    ],
    [
      "whom the guard keeps is not asked about",
      { link: active, desired: absent, removalHeld: true, policy: only("deactivate") },
      "none",
    ],
  ])("%s", (_, over, kind) => {
    const { policy = only("create", "update") } = over;

    expect(planOf({ ...over, policy }).kind).toBe(kind);
  });

  it.each<[string, Attributes, boolean]>([
    ["a name", { name: { givenName: "Ana" } }, true],
    ["a telephone number", { phoneNumbers: [{ value: "1" }] }, true],
    ["a role", { roles: role("admin") }, false],
    ["the userName", { userName: "root" }, false],
    ["an e-mail address", { emails: [{ value: "a@x.example" }] }, false],
    ["an extension", { "urn:example:a:User": { tier: "gold" } }, false],
  ])("an approval to give access still holds when %s is another: %j", (_, over, holds) => {
    const approval = decided(askOf({}));

    expect(planOf({ desired: present(over), approval }).kind).toBe(holds ? "create" : "unapproved");
  });

  it("an approved change is for exactly its values, and a rejected one is asked about again when it is another", () => {
    const lead = { link: active, desired: present({ title: "Lead" }) };
    const boss = { link: active, desired: present({ title: "Boss" }) };

    expect(planOf({ ...boss, approval: decided(askOf(lead)) }).kind).toBe("unapproved");
    expect(planOf({ ...boss, approval: decided(askOf(lead), "rejected") })).toMatchObject({
      reason: expect.stringContaining("Waits for approval"),
    });
    expect(askOf(lead).changes).toEqual([{ path: "title", before: null, after: "Lead" }]);
  });

  it("who gets access gets what it consists of: an approved adoption may be completed by an update", () => {
    const approval = decided(askOf({}));
    const plan = planOf({ link: { ...active, applied: { ...payload, roles: [] } }, approval });

    expect(plan.kind).toBe("update");
  });

  it("an approved deletion covers that the account is made inactive first, and not the other way round", () => {
    const deactivation = { link: active, desired: absent };
    const deletion = { ...deactivation, policy: deleting("deactivate", "delete") };

    expect(planOf({ ...deactivation, approval: decided(askOf(deletion)) }).kind).toBe("deactivate");
    expect(planOf({ ...deletion, approval: decided(askOf(deactivation)) }).kind).toBe("unapproved");
  });

  it.each<[string, Attributes, Attributes, Attributes | null]>([
    ["a role that only goes, goes", { roles: role("viewer", "admin") }, {}, { ...payload }],
    ["also when something else of the person waits", { roles: role("viewer", "admin") }, { title: "x" }, payload],
    ["all of them", { roles: role("viewer") }, { roles: [], title: "x" }, { ...payload, roles: [] }],
    ["one that is replaced stays until its successor is approved", { roles: role("admin") }, {}, null],
    [
      "the primary one goes, and what is left is primary",
      { roles: [{ value: "admin", primary: true }, { value: "viewer" }] },
      { roles: [{ value: "viewer", primary: true }] },
      { ...payload, roles: [{ value: "viewer", primary: true }] },
    ],
    [
      "a role of the same key and another type is another one",
      { roles: [{ value: "editor", type: "project" }, { value: "viewer" }] },
      { roles: [{ value: "editor", type: "organisation" }] },
      null,
    ],
    ["roles in words that we do not know are not fewer", { roles: role("viewer") }, { roles: ["admin"] }, null],
    ["nor is a text in their place", { entitlements: role("viewer") }, { entitlements: "admin" }, null],
  ])("%s", (_, had, wanted, to) => {
    const applied = { ...payload, ...had };
    const plan = planOf({ link: { ...active, applied }, desired: present(wanted) });

    expect(plan).toMatchObject(to === null ? { kind: "unapproved" } : { kind: "update", to });
  });
});

function denied(): PlanInput["policy"] {
  return { ...only("update"), may: { ...input.policy.may, update: false } };
}

describe("D6: what is asked ends", () => {
  const approval = { ...decided(askOf({})), id: "a1" };
  const result = (state: string, over: object = {}, asked: Ask | null | undefined = null) => ({
    asked,
    outcome: { userId: "p1", state, settled: state === "synced", left: false, dueInMs: null, ...over },
  });
  type Results = Parameters<typeof approvalChanges>[0];

  it.each<[string, Approval["state"], ReturnType<typeof result>, boolean]>([
    ["once the account is as it should be", "approved", result("synced"), true],
    ["not while an approved step is tried again", "approved", result("failing"), false],
    ["not while one that waits cannot be looked at", "waiting", result("pending"), false],
    ["for one that waits, when nothing of it is wanted any more", "waiting", result("stopped"), true],
    ["not for a rejection, when something else stands in the way", "rejected", result("stopped"), false],
    ["not of an account that was handed back", "waiting", result("pending", {}, undefined), false],
  ])("%s", (_, state, one, ends) => {
    const { over } = approvalChanges([one] as unknown as Results, new Map([["p1", { ...approval, state }]]));

    expect(over).toEqual(ends ? [{ userId: "p1", id: "a1" }] : []);
  });

  it("not of a deletion that comes when its days are over", () => {
    const later = result("synced", { left: true, dueInMs: 86_400_000 });
    const known = new Map([["p1", { ...approval, action: "delete" as const }]]);

    expect(approvalChanges([later] as unknown as Results, known).over).toEqual([]);
  });
});
