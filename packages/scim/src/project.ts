import { type AttributePath, resolveName, toPath } from "./attribute-path.ts";
import { type Attributes, isAttributes, type Json, ownValue } from "./json.ts";
import { maxProjectionCharacters } from "./limits.ts";
import { type ResourceSchema, type ResourceType, standardSchema } from "./schemas/registry.ts";
import { ScimError } from "./scim-error.ts";

/** Which attributes an answer shows: only `attributes` (null: the default set), without `excluded`. */
export type Projection = { attributes: AttributePath[] | null; excluded: AttributePath[] };

/** What no projection takes away (RFC 7643 §2.2, returned "always"). */
const alwaysReturned: readonly string[] = ["schemas", "id"];
const nothing: readonly string[] = [];

/**
 * Reads the `attributes` and `excludedAttributes` parameters; names that no schema knows choose nothing.
 *
 * @throws {ScimError} 400 `invalidValue` if one is longer than `maxProjectionCharacters`
 * @see RFC 7644 §3.9
 */
export function parseProjection(
  query: { attributes?: string; excludedAttributes?: string },
  resourceType: ResourceType,
  schema: ResourceSchema = standardSchema(resourceType),
): Projection {
  const attributes = parseNames("attributes", query.attributes ?? "", schema);
  const excluded = parseNames("excludedAttributes", query.excludedAttributes ?? "", schema);
  return { attributes: attributes.asked ? attributes.paths : null, excluded: excluded.paths };
}

/** Applies a projection to a full resource; `id` and `schemas` stay, whatever it says. */
export function project(resource: Attributes, projection: Projection): Attributes {
  const { attributes, excluded } = projection;
  if (attributes === null && excluded.length === 0) return resource;
  const shown = attributes === null ? resource : pick(resource, attributes, alwaysReturned);
  return excluded.length === 0 ? shown : drop(shown, excluded, alwaysReturned);
}

/** Tells that an answer shows no members, so that they need not be read. */
export function excludesMembers(projection: Projection): boolean {
  const isMembers = (path: AttributePath) => path.urn === undefined && path.name === "members";
  if (projection.attributes !== null && !projection.attributes.some(isMembers)) return true;
  return projection.excluded.some((path) => isMembers(path) && path.sub === undefined);
}

function parseNames(
  parameter: string,
  text: string,
  schema: ResourceSchema,
): { asked: boolean; paths: AttributePath[] } {
  if (text.length > maxProjectionCharacters) {
    throw new ScimError(400, "invalidValue", `${parameter} is longer than ${maxProjectionCharacters} characters`);
  }
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const paths = new Map<string, AttributePath>();
  for (const name of names) {
    const resolved = resolveName(schema, name);
    if (resolved.kind === "extension") paths.set(resolved.extension.urn, { name: resolved.extension.urn });
    if (resolved.kind !== "attribute") continue;
    const path = toPath(resolved);
    paths.set(`${path.urn ?? ""}:${path.name}.${path.sub ?? ""}`, path);
  }
  return { asked: names.length > 0, paths: [...paths.values()] };
}

function pick(resource: Attributes, paths: readonly AttributePath[], always: readonly string[]): Attributes {
  const shown: Attributes = {};
  for (const name of Object.keys(resource)) {
    const value = resource[name];
    if (value === undefined) continue;
    const wanted = paths.filter((path) => (path.urn ?? path.name) === name);
    if (always.includes(name) || wanted.some((path) => path.urn === undefined && path.sub === undefined)) {
      shown[name] = value;
      continue;
    }
    const part = pickParts(value, wanted);
    if (part !== undefined) shown[name] = part;
  }
  return shown;
}

/** Keeps the named parts of a complex value, of each element, or of an extension. */
function pickParts(value: Json, paths: readonly AttributePath[]): Json | undefined {
  if (paths.length === 0) return undefined;
  if (Array.isArray(value)) {
    const elements = value.flatMap((element) => pickParts(element, paths) ?? []);
    return elements.length === 0 ? undefined : elements;
  }
  if (!isAttributes(value)) return undefined;
  const [first] = paths;
  const kept = first?.urn === undefined ? pickOwn(value, paths) : pick(value, paths.map(withoutUrn), nothing);
  return Object.keys(kept).length === 0 ? undefined : kept;
}

function pickOwn(value: Attributes, paths: readonly AttributePath[]): Attributes {
  const kept: Attributes = {};
  for (const { sub } of paths) {
    const part = sub === undefined ? undefined : ownValue(value, sub);
    if (sub !== undefined && part !== undefined) kept[sub] = part;
  }
  return kept;
}

function drop(resource: Attributes, paths: readonly AttributePath[], always: readonly string[]): Attributes {
  const shown: Attributes = {};
  for (const name of Object.keys(resource)) {
    const value = resource[name];
    if (value === undefined) continue;
    const unwanted = paths.filter((path) => (path.urn ?? path.name) === name);
    if (always.includes(name) || unwanted.length === 0) {
      shown[name] = value;
    } else if (!unwanted.some((path) => path.urn === undefined && path.sub === undefined)) {
      const rest = dropParts(value, unwanted);
      if (rest !== undefined) shown[name] = rest;
    }
  }
  return shown;
}

function dropParts(value: Json, paths: readonly AttributePath[]): Json | undefined {
  if (Array.isArray(value)) {
    const elements = value.flatMap((element) => dropParts(element, paths) ?? []);
    return elements.length === 0 ? undefined : elements;
  }
  if (!isAttributes(value)) return value;
  const [first] = paths;
  const rest =
    first?.urn === undefined
      ? Object.fromEntries(Object.entries(value).filter(([name]) => !paths.some((path) => path.sub === name)))
      : drop(value, paths.map(withoutUrn), nothing);
  return Object.keys(rest).length === 0 ? undefined : rest;
}

function withoutUrn(path: AttributePath): AttributePath {
  return path.sub === undefined ? { name: path.name } : { name: path.name, sub: path.sub };
}
