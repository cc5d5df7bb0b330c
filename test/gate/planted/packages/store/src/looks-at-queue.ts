// red: boundaries adapters-are-peers
import { floor } from "@muster/queue";

export const seen = floor;
