import { useRead } from "../../../api/queries.ts";

/** The kinds of target and the apps that are known; they change with the product's version alone. */
export function useConnectors(options: { isEnabled?: boolean } = {}) {
  return useRead("GET /api/v1/connectors", {}, options);
}
