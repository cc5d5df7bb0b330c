// red: boundaries tests-are-leaves
import { seen } from "./fixtures/holds-pool.ts";

export const again = seen;
