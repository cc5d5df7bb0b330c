// legal
import { floor } from "@muster/connectors";

export const seen = floor;
