import { describe, expect, it } from "vitest";
import { lowerRate, rateOf } from "./learned-rate.ts";

const sent = { begun: 40, durationMs: 500 };

describe("X11: what a 429 teaches", () => {
  it("halves what was sent, or what is set where that is less, and never goes below one a second", () => {
    expect(lowerRate({ ratePerSecond: null, learnedRate: null }, sent)).toBe(40);
    expect(lowerRate({ ratePerSecond: 10, learnedRate: null }, sent)).toBe(5);
    expect(lowerRate({ ratePerSecond: 10, learnedRate: { perSecond: 5, ageMs: 10_000 } }, sent)).toBeCloseTo(2.56);
    expect(lowerRate({ ratePerSecond: 1, learnedRate: null }, sent)).toBe(1);
    expect(lowerRate({ ratePerSecond: null, learnedRate: null }, { begun: 1, durationMs: 0 })).toBe(500);
  });

  it("takes many 429s at once for one", () => {
    expect(lowerRate({ ratePerSecond: null, learnedRate: { perSecond: 5, ageMs: 9_999 } }, sent)).toBeNull();
  });

  it("grows back twofold in five minutes, up to what is set", () => {
    const after = (ageMs: number, ratePerSecond: number | null) =>
      rateOf({ ratePerSecond, learnedRate: { perSecond: 4, ageMs } });

    expect(after(0, null)).toBe(4);
    expect(after(300_000, null)).toBe(8);
    expect(after(300_000, 5)).toBe(5);
    expect(after(3_000_000, null)).toBeNull();
    expect(rateOf({ ratePerSecond: 7, learnedRate: null })).toBe(7);
  });
});
