// red: boundaries packages-below-apps
import { floor } from "@muster/api";

export const seen = floor;
