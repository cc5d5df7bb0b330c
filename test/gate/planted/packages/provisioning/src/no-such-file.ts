// red: boundaries resolvable
import { nothing } from "./nothing.ts";

export const seen = nothing;
