// legal
import { floor } from "@muster/worker";

export const seen = floor;
