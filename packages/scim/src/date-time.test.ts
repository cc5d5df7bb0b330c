import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instantOf, isDateTime } from "./date-time.ts";

describe("isDateTime", () => {
  it.each([
    "2030-01-31T12:00:00Z",
    "2030-01-31T12:00:00",
    "2030-01-31T23:59:59.123456789Z",
    "2028-02-29T00:00:00+14:00",
    "2000-02-29T00:00:00-14:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
  ])("takes %s", (text) => {
    expect(isDateTime(text)).toBe(true);
  });

  it.each([
    "2030-13-01T00:00:00Z",
    "2030-00-01T00:00:00Z",
    "2030-02-31T00:00:00Z",
    "2030-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2030-04-31T00:00:00Z",
    "2030-01-00T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "2030-01-31T24:00:00Z",
    "2030-01-31T12:60:00Z",
    "2030-01-31T12:00:60Z",
    "2030-01-31T12:00:00+14:01",
    "2030-01-31T12:00:00+15:00",
    "2030-01-31T12:00:00+01:60",
    "2030-01-31T12:00:00.1234567890Z",
    "2030-01-31T12:00:00.Z",
    "2030-01-31 12:00:00Z",
    "2030-01-31T12:00Z",
    "2030-01-31",
    "12030-01-31T12:00:00Z",
    "-2030-01-31T12:00:00Z",
    "infinity",
    "",
  ])("refuses %j", (text) => {
    expect(isDateTime(text)).toBe(false);
    expect(instantOf(text)).toBeNaN();
  });

  it("takes every moment of the years 1 to 9999, and reads it back", () => {
    const moment = fc.date({
      min: new Date("0001-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moment, (date) => {
        expect(instantOf(date.toISOString())).toBe(date.getTime());
        expect(instantOf(date.toISOString().slice(0, -1))).toBe(date.getTime());
      }),
    );
  });
});
