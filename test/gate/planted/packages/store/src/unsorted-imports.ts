// red: lint assist/source/organizeImports
import { seen } from "./looks-down.ts";
import { line1 } from "./a.ts";

export const both = [seen, line1];
