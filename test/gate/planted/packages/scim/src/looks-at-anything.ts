// red: boundaries scim-imports-nothing
import { Type } from "typebox";

export const seen = Type;
