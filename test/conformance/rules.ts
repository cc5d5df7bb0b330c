import { afterAll, beforeAll, describe, it } from "vitest";
import { openRig, type Rig } from "./rig.ts";

/** One rule of a standard: what it says, where, and how to see it. */
export type Rule = [rule: string, where: string, check: (rig: Rig) => Promise<void>];

/** A suite with a test per rule, on a rig of its own. */
export function describeRules(title: string, rules: readonly Rule[]): void {
  describe(title, () => {
    let rig: Rig;
    beforeAll(async () => {
      rig = await openRig();
    });
    afterAll(async () => {
      await rig.close();
    });

    it.each(rules)("%s (%s)", async (_rule, _where, check) => {
      await check(rig);
    });
  });
}
