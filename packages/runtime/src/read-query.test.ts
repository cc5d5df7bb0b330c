import { describe, expect, it } from "vitest";
import { BodyError } from "./read-json.ts";
import { readQuery } from "./read-query.ts";

describe("readQuery", () => {
  it("reads flat parameters; brackets in a name mean nothing", () => {
    const query = readQuery("/Users?filter=userName%20eq+%22a%22&a[]=1&a[]=2&b[c][d]=3&__proto__=x&empty");

    expect([...query]).toEqual([
      ["filter", 'userName eq "a"'],
      ["a[]", "1"],
      ["a[]", "2"],
      ["b[c][d]", "3"],
      ["__proto__", "x"],
      ["empty", ""],
    ]);
    expect([...readQuery("/Users")]).toEqual([]);
  });

  it("V43: refuses 10,000 parameters and stops counting at the limit", () => {
    const at = (count: number): string => `/Users?${Array.from({ length: count }, () => "a[]=1").join("&")}`;

    expect(readQuery(at(100)).size).toBe(100);
    for (const count of [101, 10_000]) {
      expect(() => readQuery(at(count))).toThrow(BodyError);
    }
    expect(() => readQuery(`/Users?${"&".repeat(100)}`)).toThrow(/more than 100/);
  });

  it.each(["%", "%zz", "%ff", "a=%c3%28", "%ed%a0%80"])("refuses the escape in %j with 400", (query) => {
    expect(() => readQuery(`/Users?${query}`)).toThrow(expect.objectContaining({ status: 400 }) as Error);
  });
});
