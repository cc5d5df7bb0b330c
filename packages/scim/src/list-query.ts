import { resolveName, toPath } from "./attribute-path.ts";
import { type PageCursor, parseCursor, queryDigest } from "./cursor.ts";
import type { Filter } from "./filter/filter.ts";
import { parseFilter } from "./filter/parse.ts";
import { isObject } from "./json.ts";
import { quoteName } from "./notes.ts";
import { type Projection, parseProjection } from "./project.ts";
import { findAttribute, type ResourceSchema, type ResourceType, standardSchema } from "./schemas/registry.ts";
import { ScimError, type ScimType } from "./scim-error.ts";
import type { Sort } from "./sort.ts";
import { searchRequestUrn } from "./urns.ts";

/** Which part of a list: by position (`startIndex` counts from 1), or from a cursor on, null for the beginning. */
export type Page =
  | { kind: "index"; startIndex: number; count: number }
  | { kind: "cursor"; cursor: PageCursor | null; count: number };

/** A list request. */
export type ListQuery = { filter: Filter | null; sort: Sort | null; page: Page; projection: Projection };

export type ListLimits = { maxResults: number; defaultCount: number };

/** Largest startIndex handed on, so that it fits a 32-bit integer; no directory is that long. */
const maxStartIndex = 2_147_483_647;

/**
 * Reads the query parameters of a list request, as a simple query parser gives them; parameters that are not known
 * are ignored, since clients append their own.
 *
 * @throws {ScimError} 400 `invalidFilter`, `invalidCursor`, `invalidCount`, `invalidPath` for an order that no schema
 * knows, or `invalidValue` if a number is not one or a parameter comes twice
 * @see RFC 7644 §3.4.2, RFC 9865 §2
 */
export function parseListQuery(
  query: Record<string, unknown>,
  resourceType: ResourceType,
  limits: ListLimits,
  schema: ResourceSchema = standardSchema(resourceType),
): ListQuery {
  const filterText = readText(query, "filter");
  const attributes = readText(query, "attributes");
  const excludedAttributes = readText(query, "excludedAttributes");
  const filter = filterText === undefined ? null : parseFilter(filterText, resourceType, schema);
  const sort = parseSort(readText(query, "sortBy"), readText(query, "sortOrder"), schema);
  return {
    filter,
    sort,
    page: parsePage(query, limits, () => queryDigest(filter, sort)),
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

/**
 * Reads the body of a `POST …/.search`, which says the same as the parameters of a GET; attributes come as a list, or
 * as the text of a parameter.
 *
 * @throws {ScimError} as `parseListQuery`, and 400 `invalidSyntax` for a body that is no search request
 * @see RFC 7644 §3.4.3
 */
export function parseSearchRequest(
  body: unknown,
  resourceType: ResourceType,
  limits: ListLimits,
  schema: ResourceSchema = standardSchema(resourceType),
): ListQuery {
  if (!isObject(body)) throw new ScimError(400, "invalidSyntax", "The body must be a JSON object, a SearchRequest");
  const { schemas } = body;
  const named = Array.isArray(schemas) && schemas.some((uri) => typeof uri === "string" && isSearchUrn(uri));
  if (schemas !== undefined && !named)
    throw new ScimError(400, "invalidSyntax", `schemas must hold ${searchRequestUrn} in a search`);
  const query: Record<string, unknown> = {};
  for (const name of searchMembers) {
    const key = Object.keys(body).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    const value = key === undefined ? undefined : body[key];
    if (value !== undefined && value !== null) query[name] = isNameList(value) ? value.join(",") : value;
  }
  return parseListQuery(query, resourceType, limits, schema);
}

const searchMembers = [
  "attributes",
  "excludedAttributes",
  "filter",
  "sortBy",
  "sortOrder",
  "startIndex",
  "count",
  "cursor",
] as const;

const isSearchUrn = (uri: string): boolean => uri.toLowerCase() === searchRequestUrn.toLowerCase();

const isNameList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((name) => typeof name === "string");

function parsePage(query: Record<string, unknown>, limits: ListLimits, digest: () => string): Page {
  const cursor = readText(query, "cursor");
  if (cursor === undefined) {
    const startIndex = readInteger(query, "startIndex") ?? 1;
    return {
      kind: "index",
      startIndex: Math.min(Math.max(startIndex, 1), maxStartIndex),
      count: readCount(query, limits, "invalidValue"),
    };
  }
  if (readText(query, "startIndex", true) !== undefined)
    throw new ScimError(400, "invalidCursor", "Send startIndex or cursor, not both");
  return {
    kind: "cursor",
    cursor: cursor === "" ? null : parseCursor(cursor, digest()),
    count: readCount(query, limits, "invalidCount"),
  };
}

/** A page by cursor has a word of its own for a count that is none (RFC 9865 §2.1). */
function readCount(query: Record<string, unknown>, limits: ListLimits, fault: ScimType): number {
  const count = readInteger(query, "count", fault) ?? limits.defaultCount;
  return Math.min(Math.max(count, 0), limits.maxResults);
}

function parseSort(sortBy: string | undefined, sortOrder: string | undefined, schema: ResourceSchema): Sort | null {
  const order = (sortOrder ?? "ascending").trim().toLowerCase();
  if (order !== "ascending" && order !== "descending" && order !== "")
    throw new ScimError(400, "invalidValue", "sortOrder must be ascending or descending");
  if (sortBy === undefined || sortBy.trim() === "") return null;
  const resolved = resolveName(schema, sortBy.trim());
  if (resolved.kind !== "attribute")
    throw new ScimError(400, "invalidPath", `sortBy: ${quoteName(sortBy)} is no attribute of ${schema.resourceType}`);
  const { attribute, sub } = resolved;
  const value = attribute.type === "complex" ? (sub ?? findAttribute(attribute.sub, "value")) : attribute;
  if (value === undefined)
    throw new ScimError(
      400,
      "invalidPath",
      `sortBy must name a part of ${attribute.name}, such as ${attribute.name}.x`,
    );
  // What must not be read must not be told by an order either (RFC 7643 §7).
  if (attribute.returned === "never" || value.returned === "never")
    throw new ScimError(400, "invalidPath", `sortBy may not name ${attribute.name}`);
  const path = toPath(resolved);
  return {
    path: attribute.type === "complex" ? { ...path, sub: value.name } : path,
    type: value.type,
    caseExact: value.caseExact,
    multiValued: attribute.multiValued,
    order: order === "descending" ? "descending" : "ascending",
  };
}

function readText(query: Record<string, unknown>, name: string, lenient = false): string | undefined {
  const value = Object.hasOwn(query, name) ? query[name] : undefined;
  if (value === undefined || typeof value === "string") return value;
  if (lenient) return String(value);
  throw new ScimError(400, name === "filter" ? "invalidFilter" : "invalidValue", `${name} must come once, as text`);
}

function readInteger(
  query: Record<string, unknown>,
  name: string,
  fault: ScimType = "invalidValue",
): number | undefined {
  const value = Object.hasOwn(query, name) ? query[name] : undefined;
  if (value === undefined || value === "") return undefined;
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text === "string" && /^[+-]?\d{1,400}$/.test(text.trim())) return Number(text);
  throw new ScimError(400, fault, `${name} must be a whole number, given once`);
}
