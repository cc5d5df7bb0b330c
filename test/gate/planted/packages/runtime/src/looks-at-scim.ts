// red: boundaries runtime-stands-alone
import { floor } from "@muster/scim";

export const seen = floor;
