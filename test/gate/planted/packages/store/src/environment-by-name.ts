// red: lint style/noRestrictedImports
import { env } from "node:process";

export const seen = env;
