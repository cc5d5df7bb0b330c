import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

const now = Date.UTC(2026, 0, 1, 12, 0, 0);

describe("parseRetryAfter", () => {
  it.each([
    ["0", 0],
    ["1", 1_000],
    [" 120 ", 120_000],
    ["1.5", 1_500],
    ["31536000", 31_536_000_000],
    ["99999999999999999999", 366 * 86_400_000],
    ["Thu, 01 Jan 2026 12:00:30 GMT", 30_000],
    ["Thursday, 01-Jan-26 12:01:00 GMT", 60_000],
    ["Thu Jan  1 12:02:00 2026", 120_000],
    ["Thu, 01 Jan 2026 11:00:00 GMT", 0],
    ["Fri, 01 Jan 2027 12:00:00 GMT", 365 * 86_400_000],
    ["Fri, 01 Jan 2199 12:00:00 GMT", 366 * 86_400_000],
    ["-5", null],
    ["", null],
    [undefined, null],
    ["soon", null],
    ["1 minute", null],
    ["NaN", null],
    ["Infinity", null],
    ["1e3", null],
    ["0x10", null],
    ["Thu, nonsense GMT", null],
    ["2026-01-01T12:00:30Z", null],
    [["7", "9"], 7_000],
    [[], null],
  ])("F25: %j is %j ms", (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });

  it("never answers anything but null or a wait that a date can bear", () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const waitMs = parseRetryAfter(header, now);
        expect(waitMs === null || (waitMs >= 0 && waitMs <= 366 * 86_400_000)).toBe(true);
      }),
    );
  });
});
