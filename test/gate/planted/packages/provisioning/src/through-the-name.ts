// red: boundaries front-door-only
// red: boundaries resolvable
import { seen } from "@muster/store/src/looks-down.ts";

export const again = seen;
