// red: dead-code unlisted
// red: boundaries resolvable
import { nothing } from "nobody-declared-this";

export const seen = nothing;
