import { describe, it } from "vitest";
import { providedServices } from "./provided-services.ts";
import { noteSkippedSuite } from "./skipped-suites.ts";

/** Something that a suite needs and a machine may lack. */
export type Need = {
  /** Its name in "2 … suites were SKIPPED, there is no … here". */
  name: string;
  isHere: boolean;
  /** The command that brings it. */
  cure: string;
  /** Where it is looked for, if that can be told. */
  setting: string;
};

/**
 * A suite that needs something. Where that is not here the suite is skipped and named at the end of the run, or fails
 * under `MUSTER_TEST_REQUIRE=all`.
 */
export function describeWhere(need: Need, name: string, suite: () => void): void {
  const { isAllRequired, skippedSuitesPath } = providedServices();
  if (!need.isHere && isAllRequired) {
    describe(name, () => {
      it(`has a ${need.name} to run on, as MUSTER_TEST_REQUIRE=all demands`, () => {
        throw new Error(`there is no ${need.name} here: set ${need.setting} or ${need.cure}`);
      });
    });
    return;
  }
  if (!need.isHere) noteSkippedSuite(skippedSuitesPath, { need: need.name, cure: need.cure, suite: name });
  describe.skipIf(!need.isHere)(name, suite);
}
