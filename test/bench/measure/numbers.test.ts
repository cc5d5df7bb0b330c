import { expect, it } from "vitest";
import { interleave } from "./interleave.ts";
import { median, quantile } from "./numbers.ts";

it("takes the middle of a list, or the mean of its two middle values", () => {
  expect(median([9, 1, 4])).toBe(4);
  expect(median([8, 2, 4, 1])).toBe(3);
  expect(() => median([])).toThrow("median of nothing");
});

it("takes a quantile of ascending values", () => {
  const values = Float64Array.from({ length: 200 }, (_, index) => index);

  expect(quantile(values, 0.5)).toBe(100);
  expect(quantile(values, 0.99)).toBe(198);
  expect(quantile(values, 1)).toBe(199);
});

it("measures every cell once a round, beginning with another one each time", async () => {
  const order: string[] = [];
  const cell = (name: string) => async (): Promise<string> => {
    order.push(name);
    return name;
  };

  const rounds = await interleave<{ ours: string; limit: string }>(2, { ours: cell("ours"), limit: cell("limit") });

  expect(order).toEqual(["ours", "limit", "limit", "ours"]);
  expect(rounds).toEqual([
    { ours: "ours", limit: "limit" },
    { ours: "ours", limit: "limit" },
  ]);
});
