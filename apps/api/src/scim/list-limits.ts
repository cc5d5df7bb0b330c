/** Page sizes of list answers; the largest one is announced by /ServiceProviderConfig. */
export const LIST_LIMITS = { maxResults: 200, defaultCount: 100 };

/** What one bulk request may hold, as /ServiceProviderConfig announces it. */
export const BULK_LIMITS = { maxOperations: 1_000, maxPayloadBytes: 1_048_576 };

/** Largest body of a search: one filter and the names of some attributes. */
export const MAX_SEARCH_BYTES = 64_000;

/** The parameters that choose attributes; anything else that clients append is left alone. */
export function projectionQuery(query: Record<string, unknown>): { attributes?: string; excludedAttributes?: string } {
  const { attributes, excludedAttributes } = query;
  return {
    ...(typeof attributes === "string" ? { attributes } : {}),
    ...(typeof excludedAttributes === "string" ? { excludedAttributes } : {}),
  };
}
