// legal
import { Type } from "typebox";

export const seen = Type;
