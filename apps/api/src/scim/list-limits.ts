/** Page sizes of list answers; the largest one is announced by /ServiceProviderConfig. */
export const LIST_LIMITS = { maxResults: 200, defaultCount: 100 };

/** The parameters that choose attributes; anything else that clients append is left alone. */
export function projectionQuery(query: Record<string, unknown>): { attributes?: string; excludedAttributes?: string } {
  const { attributes, excludedAttributes } = query;
  return {
    ...(typeof attributes === "string" ? { attributes } : {}),
    ...(typeof excludedAttributes === "string" ? { excludedAttributes } : {}),
  };
}
