// red: lint style/noRestrictedImports
import { get } from "node:https";

export const seen = get;
