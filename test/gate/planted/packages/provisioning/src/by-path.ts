// red: boundaries other-packages-by-name
import { floor } from "../../store/src/index.ts";

export const seen = floor;
