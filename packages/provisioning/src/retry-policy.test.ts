import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { laneHold, outageHold, quarantineHold, retryAfter } from "./retry-policy.ts";

const MINUTE = 60_000;

describe("retryAfter", () => {
  it("follows the published schedule: 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, 4 h, then 6-hourly", () => {
    const waits = Array.from(
      { length: 10 },
      (_, index) => retryAfter({ attempts: index + 1, removal: false, random: 1 }).dueInMs / 1_000,
    );

    expect(waits).toEqual([5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 21_600, 21_600]);
  });

  it("parks after 28 days, to be tried once a day", () => {
    expect(retryAfter({ attempts: 200, removal: false, random: 1 })).toEqual({
      kind: "parked",
      dueInMs: 1_440 * MINUTE,
    });
  });

  it("R2: tries a removal at least every 5 minutes for the first day", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 288 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, random) => {
        const retry = retryAfter({ attempts, removal: true, random });

        expect(retry.kind).toBe("later");
        expect(retry.dueInMs).toBeLessThanOrEqual(5 * MINUTE);
      }),
    );
  });

  it("jitters over the whole range and never repeats in the same breath", () => {
    expect(retryAfter({ attempts: 3, removal: false, random: 0 }).dueInMs).toBe(250);
    expect(retryAfter({ attempts: 3, removal: false, random: 0.5 }).dueInMs).toBe(MINUTE);
  });
});

describe("holds of a lane", () => {
  it("F25: keeps a Retry-After within a second and an hour, five minutes while a removal waits", () => {
    const holds = [null, 0, 3_000, 365 * 1_440 * MINUTE].map((retryAfterMs) => [
      laneHold({ retryAfterMs, removal: false }),
      laneHold({ retryAfterMs, removal: true }),
    ]);

    expect(holds).toEqual([
      [5_000, 5_000],
      [1_000, 1_000],
      [3_000, 3_000],
      [60 * MINUTE, 5 * MINUTE],
    ]);
  });

  it("probes a quarantined lane after 1, 2, 5, 10 and 30 minutes, then hourly", () => {
    expect([1, 2, 3, 4, 5, 6, 60].map((failures) => quarantineHold(failures) / MINUTE)).toEqual([
      1, 2, 5, 10, 30, 60, 60,
    ]);
  });

  it("rests after an outage for a second, doubling to a minute", () => {
    expect([1, 2, 3, 7, 30].map((failures) => outageHold(failures) / 1_000)).toEqual([1, 2, 4, 60, 60]);
  });
});
