import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeCost } from "./guard-threshold.ts";

const cost = (losing: number, inScope: number, percent = 10, holdAll = false) => ({
  losing,
  inScope,
  percent,
  holdAll,
});
const numbers = { percent: fc.integer({ min: 1, max: 50 }), inScope: fc.nat(1_000_000), losing: fc.nat(1_000_000) };

describe("J1: max(20, percent of the people in scope)", () => {
  it.each([
    [cost(20, 20), { kind: "pass" }],
    [cost(21, 21), { kind: "hold", threshold: 20 }],
    [cost(100, 1_000), { kind: "pass" }],
    [cost(101, 1_000), { kind: "hold", threshold: 100 }],
    [cost(100, 1_009), { kind: "pass" }],
    [cost(500, 1_000, 50), { kind: "pass" }],
    [cost(501, 1_000, 50), { kind: "hold", threshold: 500 }],
    [cost(1, 1_000, 50, true), { kind: "hold", threshold: 0 }],
    [cost(0, 1_000, 50, true), { kind: "pass" }],
  ])("%o: %o", (input, verdict) => {
    expect(judgeCost(input)).toEqual(verdict);
  });

  it("I09: whatever the setting, nobody is ever asked about 20, and more than half of more than 40 is always held", () => {
    fc.assert(
      fc.property(fc.record(numbers), ({ losing, inScope, percent }) => {
        const { kind } = judgeCost(cost(losing, inScope, percent));
        if (losing <= 20) expect(kind).toBe("pass");
        if (losing > 20 && losing * 2 > inScope) expect(kind).toBe("hold");
      }),
    );
  });

  it("who loses more is never let through where less was held", () => {
    fc.assert(
      fc.property(fc.record({ ...numbers, more: fc.nat(1_000) }), ({ losing, inScope, percent, more }) => {
        const held = judgeCost(cost(losing, inScope, percent)).kind === "hold";
        if (held) expect(judgeCost(cost(losing + more, inScope, percent)).kind).toBe("hold");
      }),
    );
  });
});
