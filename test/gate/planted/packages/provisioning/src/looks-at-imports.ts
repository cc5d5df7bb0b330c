// red: boundaries use-cases-are-peers
import { floor } from "@muster/imports";

export const seen = floor;
