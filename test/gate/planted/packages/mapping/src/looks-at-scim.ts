// legal
import { floor } from "@muster/scim";

export const seen = floor;
