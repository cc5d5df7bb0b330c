// legal
import { floor } from "@muster/testkit";

export const seen = floor;
