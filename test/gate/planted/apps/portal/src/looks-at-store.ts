// red: boundaries portal-knows-contract-only
import { floor } from "@muster/store";

export const seen = floor;
