// red: boundaries gateway-joins-api-and-worker
import { floor } from "@muster/simulator";

export const seen = floor;
