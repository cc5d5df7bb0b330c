import { expect, it } from "vitest";
import { SEEDED_FAULTS } from "../faults/seeded-faults.ts";
import { readText } from "./project-files.ts";

// The faults themselves take minutes each and are seeded by hand (`npm run test:seeded`); that they still can be is checked always.
it.each(SEEDED_FAULTS)("the seeded fault $id finds the one place that it breaks", ({ file, find }) => {
  expect(readText(file).split(find).length - 1).toBe(1);
});

it("every seeded fault has an id of its own", () => {
  expect(new Set(SEEDED_FAULTS.map(({ id }) => id)).size).toBe(SEEDED_FAULTS.length);
});
