import { quoteName } from "./notes.ts";
import {
  type CompiledAttribute,
  type CompiledExtension,
  findAttribute,
  isAttributeName,
  type ResourceSchema,
} from "./schemas/registry.ts";

/**
 * Names an attribute in canonical spelling: `urn` only for extension attributes, `sub` for one of its parts.
 * A whole extension is its URN as `name`. Inside a value path the names are those of the parts.
 */
export type AttributePath = { urn?: string; name: string; sub?: string };

/** What a name turned out to be. Only what the registry knows is ever read or written. */
export type ResolvedName =
  | {
      kind: "attribute";
      extension: CompiledExtension | null;
      attribute: CompiledAttribute;
      sub: CompiledAttribute | null;
      /** True when an extension attribute came without its URN. */
      unqualified: boolean;
    }
  | { kind: "extension"; extension: CompiledExtension }
  /** The URN of the resource's own schema. */
  | { kind: "core" }
  /** Has the form of a name, but no schema has it; `last` is its last part without URN, in lower case. */
  | { kind: "unknown"; last: string }
  | { kind: "malformed" };

/** Finds what an attribute path without brackets means, in any case, with or without URN (RFC 7644 §3.10). */
export function resolveName(schema: ResourceSchema, text: string): ResolvedName {
  const plain = schema.attributes.get(text);
  if (plain !== undefined)
    return { kind: "attribute", extension: null, attribute: plain, sub: null, unqualified: false };
  const { extension, core, rest } = splitUrn(schema, text);
  if (rest === null) return extension === null ? { kind: "core" } : { kind: "extension", extension };

  if (rest.includes(":")) return resolveUnknownUrn(rest);
  const [name = "", sub, ...more] = rest.split(".");
  if (!isAttributeName(name) || more.length > 0 || (sub !== undefined && !isAttributeName(sub))) {
    return { kind: "malformed" };
  }
  if (extension !== null) return inIndex(extension, findAttribute(extension.attributes, name), sub, name, false);
  const attribute = findAttribute(schema.attributes, name);
  if (attribute !== undefined || core) return inIndex(null, attribute, sub, name, false);
  for (const candidate of schema.extensions) {
    const found = findAttribute(candidate.attributes, name);
    if (found !== undefined) return inIndex(candidate, found, sub, name, true);
  }
  return inIndex(null, undefined, sub, name, false);
}

/** Writes a resolved attribute as a path. */
export function toPath(resolved: Extract<ResolvedName, { kind: "attribute" }>): AttributePath {
  const { extension, attribute, sub } = resolved;
  return {
    ...(extension === null ? {} : { urn: extension.urn }),
    name: attribute.name,
    ...(sub === null ? {} : { sub: sub.name }),
  };
}

/** Writes a path as text, for filters and messages. */
export function formatPath(path: AttributePath): string {
  const name = path.sub === undefined ? path.name : `${path.name}.${path.sub}`;
  return path.urn === undefined ? name : `${path.urn}:${name}`;
}

/** Says that an attribute is not known, naming it and the resource type. */
export function unknownAttribute(schema: ResourceSchema, text: string): string {
  return `${quoteName(text)} is no attribute of ${schema.resourceType}; /Schemas lists those there are`;
}

function inIndex(
  extension: CompiledExtension | null,
  attribute: CompiledAttribute | undefined,
  subName: string | undefined,
  name: string,
  unqualified: boolean,
): ResolvedName {
  if (attribute === undefined) return { kind: "unknown", last: name.toLowerCase() };
  if (subName === undefined) return { kind: "attribute", extension, attribute, sub: null, unqualified };
  const sub = findAttribute(attribute.sub, subName);
  // "active.value" is not "active": the name counts as the unknown part, so that it is not lost silently.
  if (sub === undefined) return { kind: "unknown", last: name.toLowerCase() };
  return { kind: "attribute", extension, attribute, sub, unqualified };
}

function splitUrn(
  schema: ResourceSchema,
  text: string,
): { extension: CompiledExtension | null; core: boolean; rest: string | null } {
  if (!text.includes(":")) return { extension: null, core: false, rest: text };
  const lower = text.toLowerCase();
  const coreUrn = schema.definition.id.toLowerCase();
  if (lower === coreUrn) return { extension: null, core: true, rest: null };
  const whole = schema.extensionByUrn.get(lower);
  if (whole !== undefined) return { extension: whole, core: false, rest: null };
  // An extension's URN may begin with another schema's: the longest one counts.
  let best: CompiledExtension | null = null;
  for (const extension of schema.extensions) {
    if (!lower.startsWith(`${extension.urn.toLowerCase()}:`)) continue;
    if (best === null || extension.urn.length > best.urn.length) best = extension;
  }
  if (best !== null) return { extension: best, core: false, rest: text.slice(best.urn.length + 1) };
  if (lower.startsWith(`${coreUrn}:`)) return { extension: null, core: true, rest: text.slice(coreUrn.length + 1) };
  return { extension: null, core: false, rest: text };
}

function resolveUnknownUrn(text: string): ResolvedName {
  if (!/^[\x21-\x7E]+$/.test(text)) return { kind: "malformed" };
  const [last = ""] = text.slice(text.lastIndexOf(":") + 1).split(".");
  return { kind: "unknown", last: last.toLowerCase() };
}
