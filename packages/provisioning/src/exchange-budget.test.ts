import { expect, it } from "vitest";
import { createExchangeBudget } from "./exchange-budget.ts";

it("keeps so many a second for each connection, and counts anew with every second", () => {
  const time = { ms: 500 };
  const mayKeep = createExchangeBudget({ now: () => new Date(time.ms), monotonicMs: () => time.ms }, 2);

  const first = [mayKeep("a"), mayKeep("a"), mayKeep("a"), mayKeep("b")];
  time.ms = 1_000;
  const next = mayKeep("a");

  expect([first, next]).toEqual([[true, true, false, true], true]);
});
