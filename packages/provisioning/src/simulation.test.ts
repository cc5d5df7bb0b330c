import { expect, test } from "vitest";
import { simulate } from "./fixtures/simulation/simulate.ts";

/** Seeds that once failed; each stays. */
const REGRESSIONS: readonly number[] = [7_892, 9_005, 12_421, 13_709, 16_085];
const SEEDS = Number(process.env.MUSTER_SIMULATION_SEEDS ?? 500);
const BATCH = 50;

const batches = Array.from({ length: Math.ceil(SEEDS / BATCH) }, (_, index) => index * BATCH);

test.each(REGRESSIONS)("L3: seed %i, which once failed, converges", async (seed) => {
  expect((await simulate(seed)).faults).toEqual([]);
});

test.each(batches)(
  "L3: I02, I06, I07, I08, I16: through deaths, freezes, lies and lost answers the app converges, seeds from %i",
  { timeout: 300_000 },
  async (first) => {
    for (let seed = first; seed < Math.min(first + BATCH, SEEDS); seed += 1) {
      const { faults } = await simulate(seed);
      expect(faults, `seed ${seed}`).toEqual([]);
    }
  },
);

test("L3: the same seed is the same run", async () => {
  expect(await simulate(7)).toEqual(await simulate(7));
});
