import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { desiredAccount, type Person, standing } from "../desired-account.ts";
import { preparePolicy } from "../prepare-policy.ts";
import type { ScopeTerms } from "./scope-policy.ts";

const HR = "urn:example:hr";
const none: ScopeTerms = { userIds: [], userNameKeys: [], condition: null, starts: null, ends: null, timeZone: "UTC" };
const ana: Person = {
  userId: "ana",
  user: { userName: "Ana", externalId: null, active: true, attributes: { title: "Cook", emails: [] } },
  deleted: false,
  groupIds: ["staff"],
  groupNames: ["Staff"],
};
const at = (iso: string): number => Date.parse(iso);
const dated = (dates: { startDate?: unknown; endDate?: unknown; timezone?: string }): Person => {
  const { timezone, ...hr } = dates;
  return {
    ...ana,
    user: { ...ana.user, attributes: { ...(timezone === undefined ? {} : { timezone }), [HR]: hr as never } },
  };
};
const policyOf = (terms: Partial<ScopeTerms>, more: { everyone?: boolean; assignedGroupIds?: string[] } = {}) =>
  preparePolicy({
    everyone: false,
    assignedGroupIds: [],
    ...more,
    terms: { ...none, ...terms },
    precedence: "first",
    defaultRole: null,
    rules: [],
  });
const desire = (
  person: Person,
  policy: ReturnType<typeof policyOf>,
  nowMs = 0,
  applied: { active: boolean } | null = null,
) => desiredAccount(person, policy, { nowMs, applied });

describe("D1-D3: who is in scope", () => {
  it.each<[string, Partial<ScopeTerms>, string]>([
    ["a single person by id", { userIds: ["ana"] }, "person"],
    ["a single person by a name that waited, whatever its case", { userNameKeys: ["ana"] }, "person"],
    ["a condition", { condition: 'user.title == "Cook"' }, "condition"],
    [
      "and, or, not",
      { condition: '!(user.title == "Waiter") && (user.nickName == "x" || "Staff" in groups)' },
      "condition",
    ],
    ["nothing that holds them", { userIds: ["ben"], condition: 'user.title == "Waiter"' }, "notAssigned"],
  ])("%s", (_what, terms, why) => {
    expect(desire(ana, policyOf(terms)).scope.kind).toBe(why);
  });

  it("D2: any assigned thing that holds a person is enough, and the surest is told", () => {
    const by = { userIds: ["ana"], condition: "true" };

    expect(desire(ana, policyOf(by, { everyone: true })).scope).toEqual({ kind: "everyone" });
    expect(desire(ana, policyOf(by, { assignedGroupIds: ["x", "staff"] })).scope).toEqual({
      kind: "group",
      groupId: "staff",
    });
    expect(desire(ana, policyOf({ ...by, condition: "false" })).scope).toEqual({ kind: "person" });
    expect(desire({ ...ana, deleted: true }, policyOf(by)).scope).toEqual({ kind: "deleted" });
  });
});

const starts = { expression: `user["${HR}"].startDate`, days: 0 };
const ends = { expression: `user["${HR}"].endDate`, days: 0 };
const H = 3_600_000;

describe("D8, X8: dates", () => {
  it.each<[string, Partial<ScopeTerms>, Parameters<typeof dated>[0], string, string]>([
    // A whole day is where the person is.
    ["a start day, in UTC", { starts }, { startDate: "2026-03-10" }, "2026-03-10T00:00:00Z", "begin"],
    [
      "days before it",
      { starts: { ...starts, days: 3 } },
      { startDate: "2026-03-01" },
      "2026-02-26T00:00:00Z",
      "begin",
    ],
    ["a last day", { ends }, { endDate: "2026-03-10" }, "2026-03-11T00:00:00Z", "end"],
    ["days of grace", { ends: { ...ends, days: 14 } }, { endDate: "2026-03-10" }, "2026-03-25T00:00:00Z", "end"],
    [
      "the person's time zone",
      { ends, timeZone: "Asia/Tokyo" },
      { endDate: "2026-03-10", timezone: "America/New_York" },
      "2026-03-11T04:00:00Z",
      "end",
    ],
    [
      "else the connection's",
      { ends, timeZone: "Asia/Tokyo" },
      { endDate: "2026-03-10" },
      "2026-03-10T15:00:00Z",
      "end",
    ],
    [
      "a zone that there is not is none",
      { ends, timeZone: "Asia/Tokyo" },
      { endDate: "2026-03-10", timezone: "Mars/Base" },
      "2026-03-10T15:00:00Z",
      "end",
    ],
    [
      "the first day east of all",
      { starts },
      { startDate: "2026-03-10", timezone: "Pacific/Kiritimati" },
      "2026-03-09T10:00:00Z",
      "begin",
    ],
    [
      "a day of 23 hours",
      { ends },
      { endDate: "2026-03-29", timezone: "Europe/Berlin" },
      "2026-03-29T22:00:00Z",
      "end",
    ],
    [
      "grace over the change of clocks ends at midnight there",
      { ends: { ...ends, days: 2 } },
      { endDate: "2026-03-28", timezone: "Europe/Berlin" },
      "2026-03-30T22:00:00Z",
      "end",
    ],
    [
      "a midnight that clocks skip",
      { starts },
      { startDate: "2018-11-04", timezone: "America/Sao_Paulo" },
      "2018-11-04T03:00:00Z",
      "begin",
    ],
    // A moment is exact.
    ["a moment with an offset", { ends }, { endDate: "2026-03-10T17:00:00-05:00" }, "2026-03-10T22:00:00Z", "end"],
    [
      "a moment without one, where the person is",
      { ends },
      { endDate: "2026-03-10T17:00:00", timezone: "America/New_York" },
      "2026-03-10T21:00:00Z",
      "end",
    ],
    [
      "grace after a moment",
      { ends: { ...ends, days: 1 } },
      { endDate: "2026-03-10T17:00:00Z" },
      "2026-03-11T17:00:00Z",
      "end",
    ],
    [
      "an expression",
      { ends: { expression: `dateAdd("d", 7, user["${HR}"].endDate)`, days: 0 } },
      { endDate: "2026-03-10" },
      "2026-03-17T00:00:00Z",
      "end",
    ],
  ])("%s", (_what, terms, dates, iso, kind) => {
    const policy = policyOf(terms, { everyone: true });
    const [before, after] = [desire(dated(dates), policy, at(iso) - 1), desire(dated(dates), policy, at(iso))];

    expect(before).toMatchObject(
      kind === "begin"
        ? { kind: "absent", scope: { kind: "notBegun", fromMs: at(iso) }, validUntilMs: at(iso) }
        : { kind: "present", scope: { kind: "everyone" }, validUntilMs: at(iso) },
    );
    expect(after).toMatchObject(
      kind === "begin"
        ? { kind: "present", scope: { kind: "everyone" }, validUntilMs: null }
        : { kind: "absent", scope: { kind: "ended", untilMs: at(iso) }, validUntilMs: null },
    );
  });

  it("no value is no limit, and nobody comes into scope by a date alone", () => {
    const both = { starts, ends };

    expect(desire(dated({}), policyOf(both, { everyone: true }))).toMatchObject({
      kind: "present",
      validUntilMs: null,
    });
    expect(desire(dated({ endDate: "" }), policyOf(both, { everyone: true })).kind).toBe("present");
    expect(desire(dated({ startDate: "2000-01-01" }), policyOf(both), at("2026-01-01T00:00:00Z")).scope.kind).toBe(
      "notAssigned",
    );
  });

  it("looks again at the end that comes after the start, and whoever has ended has, whatever the start", () => {
    const policy = policyOf({ starts, ends }, { everyone: true });
    const both = dated({ startDate: "2026-03-10", endDate: "2026-03-20" });

    expect(desire(both, policy, at("2026-03-01T00:00:00Z"))).toMatchObject({
      scope: { kind: "notBegun" },
      validUntilMs: at("2026-03-10T00:00:00Z"),
    });
    expect(desire(both, policy, at("2026-03-10T00:00:00Z"))).toMatchObject({
      kind: "present",
      validUntilMs: at("2026-03-21T00:00:00Z"),
    });
    expect(
      desire(dated({ startDate: "?", endDate: "2026-03-20" }), policy, at("2026-03-22T00:00:00Z")).scope.kind,
    ).toBe("ended");
  });
});

describe("what cannot be read removes nobody and makes nobody", () => {
  const active = { active: true };
  it.each<[string, Partial<ScopeTerms>, Parameters<typeof dated>[0], string]>([
    ["a date that is none", { ends }, { endDate: "tomorrow" }, "end"],
    ["a day that there is not", { ends }, { endDate: "2026-02-30" }, "end"],
    ["a day as people write it", { ends }, { endDate: "10/03/2026" }, "end"],
    ["a number", { starts }, { startDate: 20260310 }, "start"],
    ["a list", { starts }, { startDate: ["2026-03-10"] }, "start"],
    ["an expression that fails", { ends: { ...ends, expression: "user.title.size() > user.nickName" } }, {}, "end"],
    ["an expression that cannot be compiled any more", { ends: { ...ends, expression: "user." } }, {}, "end"],
  ])("%s", (_what, terms, dates, what) => {
    const policy = policyOf(terms, { everyone: true });
    const scope = { kind: "unreadable", what, message: expect.any(String) };

    expect(desire(dated(dates), policy, 0, active)).toMatchObject({
      kind: "present",
      active: true,
      scope: { ...scope, keeps: true },
    });
    expect(desire(dated(dates), policy, 0, null)).toMatchObject({ kind: "absent", scope: { ...scope, keeps: false } });
    expect(desire(dated(dates), policy, 0, { active: false })).toMatchObject({ kind: "absent", scope });
    expect(standing(dated(dates), policy, 0)).toBe("unknown");
  });

  it("a condition that fails is as good as one that cannot be read, unless something else holds the person", () => {
    const terms = { condition: "user.title" };

    expect(desire(ana, policyOf(terms), 0, active)).toMatchObject({
      kind: "present",
      scope: { what: "condition", keeps: true },
    });
    expect(desire(ana, policyOf(terms), 0, null).kind).toBe("absent");
    expect(desire(ana, policyOf(terms, { assignedGroupIds: ["staff"] }), 0, null).scope.kind).toBe("group");
  });

  it("whoever is deactivated or deleted is, whatever cannot be read", () => {
    const policy = policyOf({ ends }, { everyone: true });
    const bad = dated({ endDate: "?" });

    expect(desire({ ...bad, user: { ...bad.user, active: false } }, policy, 0, active)).toMatchObject({
      kind: "present",
      active: false,
    });
    expect(desire({ ...bad, deleted: true }, policy, 0, active).kind).toBe("absent");
  });

  it("a date that can be read still ends access when the other one cannot", () => {
    const policy = policyOf({ starts, ends }, { everyone: true });
    const bad = dated({ startDate: "?", endDate: "2026-03-20" });

    expect(desire(bad, policy, 0, active)).toMatchObject({ kind: "present", validUntilMs: at("2026-03-21T00:00:00Z") });
  });
});

describe("properties", () => {
  const day = fc.integer({ min: 0, max: 4000 }).map((days) => new Date(days * 24 * H).toISOString().slice(0, 10));
  const text = fc.oneof(day, fc.constantFrom("", "?", "1999-12-31T23:59:59", "1975-06-01T00:00:00+09:00"));
  const zone = fc.constantFrom("UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/St_Johns", "nowhere");
  const dates = fc.record({ startDate: text, endDate: text, timezone: zone });
  const days = fc.integer({ min: 0, max: 400 });
  const ms = fc.integer({ min: 0, max: 4000 * 24 * H });

  it("nothing changes before validUntilMs, and there is no such time where nothing is to come", () => {
    fc.assert(
      fc.property(
        dates,
        days,
        days,
        ms,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (hr, before, grace, nowMs, part) => {
          const terms = { starts: { ...starts, days: before }, ends: { ...ends, days: grace } };
          const policy = policyOf(terms, { everyone: true });
          const now = desire(dated(hr), policy, nowMs);
          const until = now.validUntilMs ?? nowMs + 20_000 * 24 * H;
          const later = Math.floor(nowMs + (until - 1 - nowMs) * part);

          expect(until).toBeGreaterThan(nowMs);
          expect(desire(dated(hr), policy, later)).toEqual(now);
        },
      ),
    );
  });

  it("the order of groups never matters, and an unrelated group changes nothing", () => {
    const groupIds = fc.constantFrom("a", "b", "c", "d");
    const condition = fc.constantFrom(null, "true", "user.title", '"A" in groups');
    fc.assert(
      fc.property(
        fc.uniqueArray(groupIds),
        fc.uniqueArray(groupIds),
        condition,
        dates,
        ms,
        (mine, assigned, when, hr, nowMs) => {
          const policy = policyOf({ condition: when, ends }, { assignedGroupIds: assigned });
          const one = { ...dated(hr), groupIds: mine };
          const other = { ...one, groupIds: ["unrelated", ...mine.toReversed()], groupNames: ["Unrelated", "Staff"] };

          expect(desire(other, policy, nowMs)).toEqual(desire(one, policy, nowMs));
        },
      ),
    );
  });
});
