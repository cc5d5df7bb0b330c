// red: boundaries front-door-only
// red: boundaries other-packages-by-name
import { seen } from "../../store/src/looks-down.ts";

export const again = seen;
