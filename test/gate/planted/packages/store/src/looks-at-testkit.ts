// red: boundaries testkit-is-for-tests
import { floor } from "@muster/testkit";

export const seen = floor;
