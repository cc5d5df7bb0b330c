import type { SeededFault } from "./seeded-fault.ts";
import { INBOUND_FAULTS } from "./seeded-inbound-faults.ts";
import { LANE_FAULTS } from "./seeded-lane-faults.ts";
import { SIGN_IN_FAULTS } from "./seeded-sign-in-faults.ts";
import { TOLD_FAULTS } from "./seeded-told-faults.ts";

export const SEEDED_FAULTS: readonly SeededFault[] = [
  ...INBOUND_FAULTS,
  ...LANE_FAULTS,
  ...SIGN_IN_FAULTS,
  ...TOLD_FAULTS,
];
