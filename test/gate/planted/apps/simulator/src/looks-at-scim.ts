// red: boundaries simulator-knows-runtime-only
import { floor } from "@muster/scim";

export const seen = floor;
