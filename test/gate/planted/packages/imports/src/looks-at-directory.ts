// legal
import { floor } from "@muster/directory";

export const seen = floor;
