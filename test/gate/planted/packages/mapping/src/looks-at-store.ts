// red: boundaries pure-looks-at-scim-only
import { floor } from "@muster/store";

export const seen = floor;
