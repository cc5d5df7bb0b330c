import type { Filter } from "./filter/filter.ts";
import { parseFilter } from "./filter/parse.ts";
import { type Projection, parseProjection } from "./project.ts";
import { type ResourceSchema, type ResourceType, standardSchema } from "./schemas/registry.ts";
import { ScimError } from "./scim-error.ts";

/** A list request; `startIndex` counts from 1. */
export type ListQuery = { filter: Filter | null; startIndex: number; count: number; projection: Projection };

/** Largest startIndex handed on, so that it fits a 32-bit integer; no directory is that long. */
const maxStartIndex = 2_147_483_647;

/**
 * Reads the query parameters of a list request, as a simple query parser gives them; parameters that are not known
 * are ignored, since clients append their own.
 *
 * @throws {ScimError} 400 `invalidFilter`, or 400 `invalidValue` if a number is not one or a parameter comes twice
 * @see RFC 7644 §3.4.2
 */
export function parseListQuery(
  query: Record<string, unknown>,
  resourceType: ResourceType,
  limits: { maxResults: number; defaultCount: number },
  schema: ResourceSchema = standardSchema(resourceType),
): ListQuery {
  const filter = readText(query, "filter");
  const attributes = readText(query, "attributes");
  const excludedAttributes = readText(query, "excludedAttributes");
  const startIndex = readInteger(query, "startIndex") ?? 1;
  const count = readInteger(query, "count") ?? limits.defaultCount;
  return {
    filter: filter === undefined ? null : parseFilter(filter, resourceType, schema),
    startIndex: Math.min(Math.max(startIndex, 1), maxStartIndex),
    count: Math.min(Math.max(count, 0), limits.maxResults),
    projection: parseProjection(
      {
        ...(attributes === undefined ? {} : { attributes }),
        ...(excludedAttributes === undefined ? {} : { excludedAttributes }),
      },
      resourceType,
      schema,
    ),
  };
}

function readText(query: Record<string, unknown>, name: string): string | undefined {
  const value = Object.hasOwn(query, name) ? query[name] : undefined;
  if (value === undefined || typeof value === "string") return value;
  throw new ScimError(400, name === "filter" ? "invalidFilter" : "invalidValue", `${name} must come once, as text`);
}

function readInteger(query: Record<string, unknown>, name: string): number | undefined {
  const value = Object.hasOwn(query, name) ? query[name] : undefined;
  if (value === undefined || value === "") return undefined;
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text === "string" && /^[+-]?\d{1,400}$/.test(text.trim())) return Number(text);
  throw new ScimError(400, "invalidValue", `${name} must be a whole number, given once`);
}
