// legal
import { floor } from "@muster/store";

export const seen = floor;
