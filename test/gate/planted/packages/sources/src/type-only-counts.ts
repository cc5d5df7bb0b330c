// red: boundaries adapters-are-peers
import type { Floor } from "@muster/connectors";

export type Seen = Floor;
