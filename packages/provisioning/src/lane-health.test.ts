import type { MinuteCount } from "@muster/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countTries, failingShare, inFlightLimit, probeDelay, rampUp, reminderOf } from "./lane-health.ts";

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

describe("the window of tries", () => {
  const tries = fc.array(
    fc.record({ afterMs: fc.nat({ max: 3 * MINUTE }), tried: fc.nat({ max: 10 }), failed: fc.nat({ max: 10 }) }),
    { maxLength: 60 },
  );

  it("J2: opens at half of at least 20 tries within 5 minutes, and at nothing less", () => {
    const counted = (tried: number, failed: number) => failingShare(countTries([], 0, { tried, failed }), 0);

    expect([counted(19, 19), counted(20, 9), counted(20, 10), counted(200, 99)]).toEqual([
      null,
      null,
      { tried: 20, failed: 10 },
      null,
    ]);
  });

  it("J2: forgets what is older than 5 minutes and never grows beyond it", () => {
    fc.assert(
      fc.property(tries, (steps) => {
        let nowMs = 1_000_000 * MINUTE;
        let recent: MinuteCount[] = [];
        const all: { minute: number; tried: number }[] = [];
        for (const { afterMs, tried, failed } of steps) {
          nowMs += afterMs;
          recent = countTries(recent, nowMs, { tried, failed });
          all.push({ minute: Math.floor(nowMs / MINUTE), tried });
        }
        const minute = Math.floor(nowMs / MINUTE);
        const within = all.filter((one) => one.minute > minute - 5).reduce((sum, one) => sum + one.tried, 0);

        expect(recent.length).toBeLessThanOrEqual(5);
        expect(recent.reduce((sum, count) => sum + count.tried, 0)).toBe(within);
      }),
    );
  });

  it("J2: failures of five minutes ago no longer count", () => {
    const recent = countTries([], 0, { tried: 40, failed: 40 });

    expect(failingShare(recent, 4 * MINUTE)).toEqual({ tried: 40, failed: 40 });
    expect(failingShare(recent, 5 * MINUTE)).toBeNull();
  });
});

describe("the way back", () => {
  it("J2: begins with one call in flight and doubles up to the connection's limit, which it never passes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), (most) => {
        const limits: number[] = [];
        let ramp: number | null = 1;
        while (ramp !== null) {
          limits.push(inFlightLimit(ramp, most));
          ramp = rampUp(ramp, most);
        }

        expect(limits[0]).toBe(1);
        expect(limits.every((limit, at) => limit === 2 ** at && limit <= most)).toBe(true);
        expect(inFlightLimit(ramp, most)).toBe(most);
      }),
    );
  });
});

describe("probes of a quarantine", () => {
  /** The ages at which a connection that never works again is probed. */
  function probedAt(minuteMs: number): number[] {
    const ages: number[] = [];
    let ageMs = 0;
    for (let probes = 0; ; probes += 1) {
      const delayMs = probeDelay({ probes, ageMs }, minuteMs);
      if (delayMs === null) return ages;
      ageMs += delayMs;
      ages.push(ageMs / minuteMs);
    }
  }

  it("J2: come after 1, 2, 5, 10 and 30 minutes, hourly for a week, daily to day 28, and then no more", () => {
    const ages = probedAt(MINUTE);
    const gaps = ages.map((age, at) => age - (ages[at - 1] ?? 0));

    expect(gaps.slice(0, 5)).toEqual([1, 2, 5, 10, 30]);
    expect(gaps.filter((gap) => gap === 60)).toHaveLength(168);
    expect(gaps.filter((gap) => gap === 1_440)).toHaveLength(21);
    expect(ages.at(-1)).toBeGreaterThanOrEqual(28 * 1_440);
    expect(gaps.every((gap, at) => gap >= (gaps[at - 1] ?? 0))).toBe(true);
    expect(probedAt(10)).toEqual(ages);
  });

  it("K6: an administrator is reminded on day 7 and on day 21", () => {
    expect([0, 7 * DAY - 1, 7 * DAY, 20 * DAY, 21 * DAY, 27 * DAY].map((age) => reminderOf(age)?.days ?? 0)).toEqual([
      0, 0, 7, 7, 21, 21,
    ]);
  });
});
