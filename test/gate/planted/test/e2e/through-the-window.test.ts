// red: boundaries front-door-only
import { seen } from "../../packages/store/src/looks-down.ts";

export const again = seen;
