// red: boundaries pure-looks-at-scim-only
import { floor } from "@muster/runtime";

export const seen = floor;
