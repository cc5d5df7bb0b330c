// red: boundaries apps-apart
import { floor } from "@muster/worker";

export const seen = floor;
