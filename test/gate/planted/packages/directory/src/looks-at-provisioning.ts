// red: boundaries use-cases-are-peers
import { floor } from "@muster/provisioning";

export const seen = floor;
