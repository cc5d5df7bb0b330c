import { type Attributes, formatCursor, type ListQuery, queryDigest, toListResponse } from "@muster/scim";
import type { NextPlace } from "@muster/store";

/** Makes the answer of a list: by index it says where it begins, by cursor how to go on (RFC 7644 §3.4.2.4, RFC 9865). */
export function toPage(
  query: Pick<ListQuery, "page" | "filter" | "sort">,
  found: { resources: Attributes[]; total: number; next: NextPlace },
): Attributes {
  const { page, filter, sort } = query;
  const { resources, total: totalResults, next } = found;
  if (page.kind === "index") return toListResponse({ resources, totalResults, startIndex: page.startIndex });
  if (next === null) return toListResponse({ resources, totalResults });
  return toListResponse({
    resources,
    totalResults,
    nextCursor: formatCursor({ ...next, query: queryDigest(filter, sort) }),
  });
}
