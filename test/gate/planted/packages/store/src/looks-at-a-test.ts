// red: boundaries tests-are-leaves
import { seen } from "./looks-at-testkit.test.ts";

export const again = seen;
