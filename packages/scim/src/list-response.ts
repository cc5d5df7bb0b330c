import type { Attributes } from "./json.ts";
import { listResponseUrn } from "./urns.ts";

/**
 * Makes a ListResponse; `itemsPerPage` is what this answer holds, not what was asked for (RFC 7644 §3.4.2). A page by
 * position says where it begins; a page by cursor says how to go on, unless it is the last (RFC 9865 §2).
 */
export function toListResponse(input: {
  resources: Attributes[];
  totalResults: number;
  startIndex?: number;
  nextCursor?: string;
}): Attributes {
  const { resources, totalResults, startIndex, nextCursor } = input;
  return {
    schemas: [listResponseUrn],
    totalResults,
    ...(startIndex === undefined ? {} : { startIndex }),
    ...(nextCursor === undefined ? {} : { nextCursor }),
    itemsPerPage: resources.length,
    Resources: resources,
  };
}
