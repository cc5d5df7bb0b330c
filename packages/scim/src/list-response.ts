import type { Attributes } from "./json.ts";
import { listResponseUrn } from "./urns.ts";

/** Makes a ListResponse; `itemsPerPage` is what this answer holds, not what was asked for (RFC 7644 §3.4.2). */
export function toListResponse(input: {
  resources: Attributes[];
  totalResults: number;
  startIndex: number;
}): Attributes {
  return {
    schemas: [listResponseUrn],
    totalResults: input.totalResults,
    startIndex: input.startIndex,
    itemsPerPage: input.resources.length,
    Resources: input.resources,
  };
}
