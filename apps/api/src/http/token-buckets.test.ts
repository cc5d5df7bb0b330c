import fc from "fast-check";
import { expect, it } from "vitest";
import { createTokenBuckets } from "./token-buckets.ts";

function world(maxEntries = 100) {
  const time = { ms: 1_000_000 };
  const clock = { now: () => new Date(0), monotonicMs: () => time.ms };
  return { time, buckets: createTokenBuckets({ clock, maxEntries }) };
}

it("D14: gives its burst at once, then its rate, and says how long to wait", () => {
  const { time, buckets } = world();
  const rate = { perSecond: 100, burst: 200 };
  const taken = Array.from({ length: 250 }, () => buckets.take("a", rate));

  expect(taken.filter((waitMs) => waitMs === 0)).toHaveLength(200);
  expect(taken.at(-1)).toBeCloseTo(10);
  time.ms += 100;
  expect(Array.from({ length: 20 }, () => buckets.take("a", rate)).filter((waitMs) => waitMs === 0)).toHaveLength(10);
  time.ms += 60_000;
  expect(Array.from({ length: 250 }, () => buckets.take("a", rate)).filter((waitMs) => waitMs === 0)).toHaveLength(200);
});

it("D14: one key's requests are not another's, and looking takes nothing", () => {
  const { buckets } = world();
  const rate = { perSecond: 1, burst: 1 };

  expect([buckets.waitMs("a", rate), buckets.take("a", rate), buckets.take("b", rate)]).toEqual([0, 0, 0]);
  expect(buckets.waitMs("a", rate)).toBe(1_000);
});

it("D14: never gives more than its burst and its rate, whenever it is asked", () => {
  const rates = fc.record({ perSecond: fc.integer({ min: 1, max: 1_000 }), burst: fc.integer({ min: 1, max: 50 }) });
  fc.assert(
    fc.property(rates, fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 200 }), (rate, pauses) => {
      const { time, buckets } = world();
      const startMs = time.ms;
      let given = 0;
      for (const pauseMs of pauses) {
        time.ms += pauseMs;
        if (buckets.take("a", rate) === 0) given += 1;
        expect(given).toBeLessThanOrEqual(rate.burst + ((time.ms - startMs) / 1_000) * rate.perSecond + 1e-6);
      }
    }),
  );
});

it("V46: 100,000 keys leave no more behind than its bound; the ones in use stay", () => {
  const { buckets } = world(1_000);
  const rate = { perSecond: 0.001, burst: 1 };
  buckets.take("in use", rate);
  const forgotten: string[] = [];
  for (let n = 0; n < 100_000; n += 1) {
    buckets.take(`key ${n}`, rate);
    // A bucket that is asked for in vain is not refreshed: a stream of refusals must not push the others out.
    if (n < 999 && buckets.waitMs("in use", rate) === 0) forgotten.push(`key ${n}`);
  }

  expect(forgotten).toEqual([]);
  expect(buckets.waitMs("key 0", rate)).toBe(0);
  expect(buckets.waitMs("key 99999", rate)).toBeGreaterThan(0);
});
