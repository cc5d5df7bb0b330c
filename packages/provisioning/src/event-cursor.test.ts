import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeCursor, encodeCursor } from "./event-cursor.ts";

const place = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(String);
const snapshot = fc
  .uniqueArray(fc.bigInt({ min: 1n, max: 2n ** 63n }), { minLength: 2, maxLength: 8 })
  .map((ids) => ids.toSorted((a, b) => (a < b ? -1 : 1)))
  .map((ids) => `${ids[0]}:${ids.at(-1)}:${ids.slice(0, -1).join(",")}`);

describe("L2: a cursor", () => {
  it("is read as it was written, with a snapshot or without", () => {
    fc.assert(
      fc.property(place, fc.maxSafeNat(), fc.option(snapshot), (at, seq, of) => {
        const position = { place: at, seq, snapshot: of };
        expect(decodeCursor(encodeCursor(position))).toEqual(position);
      }),
    );
  });

  it("that nobody wrote is none, whatever it holds, so that nothing of it reaches a statement", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        const read = decodeCursor(text);
        expect(read === undefined || encodeCursor(read) === text).toBe(true);
      }),
    );
  });

  it.each([
    "",
    "1~5",
    "2~5~1",
    "1~-5~1",
    "1~5~1~",
    "1~5~1~3:2:",
    "1~5~1~0:2:",
    "1~5~1~2:9:5,4",
    "1~5~1~2:9:1",
    "1~99999999999999999999~1",
  ])("%j is none", (text) => {
    expect(decodeCursor(Buffer.from(text).toString("base64url"))).toBeUndefined();
  });
});
