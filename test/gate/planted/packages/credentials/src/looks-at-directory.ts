// red: boundaries adapters-are-peers
import { floor } from "@muster/directory";

export const seen = floor;
