import { expect, it } from "vitest";
import { benchmarks, type Part } from "./benchmarks.ts";
import type { Size } from "./figures/figure.ts";
import { withStage } from "./stage/open-stage.ts";

/** Those that nobody runs but by hand; `--ci` runs the others. Those that start workers of their own come first. */
const BY_HAND = ["scale-out", "memory", "initial-sync", "latency", "neighbours", "plan", "rule-edit"];

const TINY: Size = { rounds: 1, seconds: 1, users: 64, people: 300 };

const partsOf = (name: string): readonly Part[] => benchmarks.find((known) => known.name === name)?.parts ?? [];

it("what is measured by hand runs to its end, counts, and gives numbers", { timeout: 600_000 }, async () => {
  const parts = BY_HAND.flatMap(partsOf);

  const measured = await withStage({ profileDir: undefined, note: () => undefined }, async (stage) => {
    const found = [];
    for (const part of parts) found.push({ part: part.name, ...(await part.measure(stage, TINY)) });
    return found;
  });

  expect(measured.map(({ part }) => part)).toEqual(parts.map(({ name }) => name));
  expect(measured.flatMap(({ faults }) => faults)).toEqual([]);
  const judged = measured.flatMap(({ figures }) => figures.filter((figure) => figure.judged !== undefined));
  expect(judged.filter((figure) => !Number.isFinite(figure.judged))).toEqual([]);
  expect(new Set(judged.map(({ id }) => id))).toEqual(
    new Set(["P10", "P11", "P12", "P13", "P14", "P17", "P18", "P19", "rule-edit"]),
  );
});
