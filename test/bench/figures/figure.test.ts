import { expect, it } from "vitest";
import { toTable } from "../report.ts";
import { type Figure, verdictOf } from "./figure.ts";

const ratio: Figure = {
  id: "P1",
  name: "creates",
  ours: "100/s",
  against: "limit 200/s",
  gate: { atLeast: 0.5 },
  goal: { atLeast: 0.75 },
};
const cost: Figure = { id: "P15", name: "CPU", ours: "1 ms", gate: { atMost: 1 }, goal: { atMost: 0.5 } };

it.each<[string, Figure, ReturnType<typeof verdictOf>]>([
  ["a ratio below its gate", { ...ratio, judged: 0.49 }, "MISSED"],
  ["a ratio at its gate", { ...ratio, judged: 0.5 }, "gate"],
  ["a ratio at its goal", { ...ratio, judged: 0.75 }, "goal"],
  ["a cost above its gate", { ...cost, judged: 1.01 }, "MISSED"],
  ["a cost below its gate", { ...cost, judged: 0.6 }, "gate"],
  ["a cost below its goal", { ...cost, judged: 0.4 }, "goal"],
  ["a number that is not one", { ...ratio, judged: Number.NaN }, "MISSED"],
  ["a figure that is only shown", { id: "P9", name: "requests", ours: "1.00" }, ""],
])("judges %s", (_, figure, verdict) => {
  expect(verdictOf(figure)).toBe(verdict);
});

it("shows a ratio only where there is something to compare with", () => {
  const table = toTable([
    { ...ratio, judged: 0.49 },
    { ...cost, judged: 0.4 },
  ]);

  expect(table).toMatch(/P1 +creates +100\/s +limit 200\/s +0\.49 +>= 0\.5 +>= 0\.75 +MISSED/);
  expect(table).toMatch(/P15 +CPU +1 ms +<= 1 +<= 0\.5 +goal/);
});
