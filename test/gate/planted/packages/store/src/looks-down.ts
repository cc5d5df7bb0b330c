// legal
import { floor } from "@muster/mapping";

export const seen = floor;
