// red: boundaries pure-looks-at-scim-only
import { floor } from "@muster/contract";

export const seen = floor;
