// red: boundaries imports-stands-on-directory
import { floor } from "@muster/provisioning";

export const seen = floor;
