// red: boundaries pure-has-no-node
// red: boundaries scim-imports-nothing
import { randomUUID } from "node:crypto";

export const seen = randomUUID;
