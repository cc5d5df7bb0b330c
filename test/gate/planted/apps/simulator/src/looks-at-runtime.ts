// legal
import { floor } from "@muster/runtime";

export const seen = floor;
