import type { DesiredAccount } from "@muster/mapping";
import { describe, expect, it } from "vitest";
import type { Observed, PlanInput } from "./account-plan.ts";
import { absent, presentWith, unlinkedPerson } from "./fixtures/plan-input.ts";
import { planAccount } from "./plan-account.ts";
import { isSeatless, openSeatBook } from "./seats.ts";

const payload = { schemas: ["u"], externalId: "p1", userName: "ana", active: true };
const present = (active = true): DesiredAccount => presentWith({ ...payload, active });
const link = unlinkedPerson("p1");
const inactive = { ...link, remoteId: "r1", applied: { ...payload, active: false } };
const active = { ...link, remoteId: "r1", applied: payload };
const input: PlanInput = {
  desired: present(),
  link,
  policy: {
    onLeave: "deactivate",
    deleteAfterDays: null,
    may: { create: true, update: true, deactivate: true, delete: true },
    adoption: { foreign: "link", match: ["externalId", "userName"] },
  },
  observed: null,
  holder: null,
  decision: null,
  seatless: true,
};
const found = (externalId: string | null): Observed => ({
  kind: "found",
  by: "userName",
  remote: { remoteId: "r1", externalId, userName: "ana", active: true, resource: { ...payload, id: "r1" } },
});
const missing: Observed = { kind: "missing", conflict: false };
const unknown = { ...link, verify: true, lookups: 2 };
const former = { userId: "p0", remoteId: "r0", unfinished: false, deleted: true, externalId: "idp-1" };
const forbidden = { ...input.policy, may: { ...input.policy.may, update: false } };

describe("J4: without a seat", () => {
  it.each<[string, Partial<PlanInput>, string]>([
    ["no account is made", {}, "waitlisted"],
    [
      "none is looked for, by whatever it could be adopted",
      { policy: { ...input.policy, adoption: { foreign: "link", match: ["email"] } } },
      "waitlisted",
    ],
    ["none of a former person is taken over", { holder: former }, "waitlisted"],
    ["none of nobody's is adopted", { link: unknown, observed: found(null) }, "waitlisted"],
    ["one that we made is adopted: its seat is taken already", { link: unknown, observed: found("p1") }, "adopt"],
    ["a create of unknown fate is looked up", { link: unknown }, "look"],
    ["and waits when nothing came of it", { link: unknown, observed: missing }, "waitlisted"],
    ["an inactive account stays inactive", { link: inactive }, "waitlisted"],
    ["also where updates are forbidden, with that reason", { link: inactive, policy: forbidden }, "forbidden"],
    ["an active account is updated", { link: { ...active, applied: { ...payload, title: "Old" } } }, "update"],
    ["an active account is made inactive", { link: active, desired: present(false) }, "deactivate"],
    ["a leaver's account is made inactive", { link: active, desired: absent }, "deactivate"],
    ["somebody inactive has nothing to wait for", { desired: present(false) }, "none"],
    ["somebody out of scope has nothing to wait for", { desired: absent }, "none"],
    ["somebody behind the gate waits for the gate", { gated: true }, "gated"],
  ])("%s", (_, change, kind) => {
    expect(planAccount({ ...input, ...change }).kind).toBe(kind);
  });
});

describe("X14: who has a seat", () => {
  const account = { seated: false, remoteId: null, applied: null, verify: false, waits: false };
  const unknownFate = { ...account, verify: true };

  it.each([
    ["nobody needs one where they are not limited", null, account, false],
    ["whoever has no account has none", 1, account, true],
    ["whoever was let in has one", 1, { ...account, seated: true }, false],
    ["whoever has an active account has one", 1, { ...account, remoteId: "r1", applied: { active: true } }, false],
    ["whoever has an account that shows no state has one", 1, { ...account, remoteId: "r1", applied: {} }, false],
    ["whoever has an inactive account has none", 1, { ...account, remoteId: "r1", applied: { active: false } }, true],
    ["whose create got no answer has none before it was looked up", 1, unknownFate, true],
  ])("%s", (_, seatLimit, one, seatless) => {
    expect(isSeatless({ seatLimit }, one)).toBe(seatless);
  });

  it.each([
    ["has one, where nobody can look it up", unknownFate, false],
    ["has none while they wait", { ...unknownFate, waits: true }, true],
  ])("whose create got no answer %s", (_, one, seatless) => {
    expect(isSeatless({ kind: "webhook", seatLimit: 1 }, one)).toBe(seatless);
  });

  it("in a plan those of the list whose turn it is come first, then newcomers", () => {
    const book = openSeatBook({ free: 3, next: ["a", "b"] });
    const asked = [
      { userId: "new-1", waits: false },
      { userId: "a", waits: true },
      { userId: "new-2", waits: false },
      { userId: "c", waits: true },
      { userId: "b", waits: true },
    ];

    expect(asked.map((one) => book.takes(one))).toEqual([true, true, false, false, true]);
  });
});
