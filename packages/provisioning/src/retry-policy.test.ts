import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { outageHold, retryAfter, throttleHold } from "./retry-policy.ts";

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
    const waited = (attempts: number) =>
      Array.from({ length: attempts }, (_, at) => retryAfter({ attempts: at + 1, removal: false, random: 0.5 }))
        .filter((retry) => retry.kind === "later")
        .reduce((sum, retry) => sum + retry.dueInMs, 0);

    expect(waited(1_000) / (1_440 * MINUTE)).toBeCloseTo(27, 0);
    for (const removal of [true, false])
      expect(retryAfter({ attempts: removal ? 5_000 : 1_000, removal, random: 1 })).toEqual({
        kind: "parked",
        dueInMs: 1_440 * MINUTE,
      });
  });

  it("G5: never waits less long after more tries, and parks for good once it does", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.boolean(), (attempts, removal) => {
        const [one, next] = [attempts, attempts + 1].map((tries) =>
          retryAfter({ attempts: tries, removal, random: 1 }),
        );

        expect(next?.dueInMs).toBeGreaterThanOrEqual(one?.dueInMs ?? 0);
        if (one?.kind === "parked") expect(next?.kind).toBe("parked");
      }),
    );
  });

  it("R2: tries a removal at least every 45 seconds for the first day, and its lane rests less long than that", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3_840 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempts, random) => {
          const retry = retryAfter({ attempts, removal: true, random });

          expect(retry.kind).toBe("later");
          expect(Math.max(retry.dueInMs, outageHold(attempts))).toBeLessThanOrEqual(45_000);
        },
      ),
    );
  });

  it("jitters over the whole range and never repeats in the same breath", () => {
    expect(retryAfter({ attempts: 3, removal: false, random: 0 }).dueInMs).toBe(250);
    expect(retryAfter({ attempts: 3, removal: false, random: 0.5 }).dueInMs).toBe(MINUTE);
  });
});

describe("holds of a lane", () => {
  it("F25: keeps a Retry-After within a second and an hour, and five minutes for removals", () => {
    expect([null, 0, 3_000, 365 * 1_440 * MINUTE].map(throttleHold)).toEqual([
      { ms: 5_000, removalMs: 5_000 },
      { ms: 1_000, removalMs: 1_000 },
      { ms: 3_000, removalMs: 3_000 },
      { ms: 60 * MINUTE, removalMs: 5 * MINUTE },
    ]);
  });

  it("rests after an outage for a second, doubling to half a minute", () => {
    expect([1, 2, 3, 7, 30].map((failures) => outageHold(failures) / 1_000)).toEqual([1, 2, 4, 30, 30]);
  });
});
