// red: lint style/noRestrictedImports
import { request } from "node:http";

export const seen = request;
