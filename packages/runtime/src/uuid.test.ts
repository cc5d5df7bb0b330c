import { describe, expect, it } from "vitest";
import { isUuid, uuidV7 } from "./uuid.ts";

describe("uuidV7", () => {
  it("carries the millisecond, the version and the variant (RFC 9562 §5.7)", () => {
    const id = uuidV7(0x0123_4567_89ab);

    expect(id).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(isUuid(id)).toBe(true);
  });

  it("sorts by time and does not repeat", () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => uuidV7(1_700_000_000_000 + index));

    expect([...ids].sort()).toEqual(ids);
    expect(new Set(Array.from({ length: 10_000 }, () => uuidV7(1))).size).toBe(10_000);
  });
});

describe("isUuid", () => {
  it.each([
    ["00000000-0000-0000-0000-000000000000", true],
    ["018F3A2B-4C5D-7E6F-8A9B-0C1D2E3F4A5B", true],
    ["018f3a2b4c5d7e6f8a9b0c1d2e3f4a5b", false],
    ["018f3a2b-4c5d-7e6f-8a9b-0c1d2e3f4a5b\n", false],
    ["{018f3a2b-4c5d-7e6f-8a9b-0c1d2e3f4a5b}", false],
    ["", false],
  ])("of %j is %s", (text, expected) => {
    expect(isUuid(text)).toBe(expected);
  });
});
