import { type ResolvedName, resolveName, unknownAttribute } from "../attribute-path.ts";
import type { Filter } from "../filter/filter.ts";
import { parseValueFilter } from "../filter/parse.ts";
import { endOfString } from "../filter/tokenize.ts";
import { maxPathCharacters, maxPathSegments } from "../limits.ts";
import { quoteName } from "../notes.ts";
import {
  type CompiledAttribute,
  type CompiledExtension,
  findAttribute,
  isAttributeName,
  type ResourceSchema,
} from "../schemas/registry.ts";
import { ScimError } from "../scim-error.ts";
import { requireStorable } from "../text.ts";

/** An attribute, some of its elements, or one part of either. */
export type AttributeTarget = {
  kind: "attribute";
  extension: CompiledExtension | null;
  attribute: CompiledAttribute;
  filter: Filter | null;
  sub: CompiledAttribute | null;
  unqualified: boolean;
};

/** What a PATCH path points at; `unknown` has the form of a path but no schema has it. */
export type PatchTarget =
  | AttributeTarget
  | { kind: "extension"; extension: CompiledExtension }
  | { kind: "core" }
  | { kind: "unknown" }
  | { kind: "malformed" };

/**
 * Reads a PATCH path, or a key of a path-less value, which clients write as a path too.
 *
 * @throws {ScimError} 400 `invalidPath` for limits and brackets; 400 `invalidFilter` for what stands in the brackets
 * @see RFC 7644 §3.5.2
 */
export function parsePatchPath(schema: ResourceSchema, path: string): PatchTarget {
  const plain = schema.attributes.get(path);
  if (plain !== undefined) {
    return { kind: "attribute", extension: null, attribute: plain, filter: null, sub: null, unqualified: false };
  }
  if (path.length > maxPathCharacters) throw invalidPath(path, `is longer than ${maxPathCharacters} characters`);
  requireStorable(path, "A path");
  const text = path.trim();
  const bracket = text.indexOf("[");
  if (bracket !== -1) return parseValuePath(schema, text, bracket);
  if (text.slice(text.lastIndexOf(":") + 1).split(".").length > maxPathSegments) {
    throw invalidPath(path, `has more than ${maxPathSegments} segments`);
  }
  const resolved = resolveName(schema, text);
  if (schema.attributes.has("active")) refuseMisplacedActive(resolved, text);
  return resolved.kind === "attribute" ? { ...resolved, filter: null } : resolved;
}

/** Makes the error for a path that cannot be followed. */
export function invalidPath(path: string, fault: string): ScimError {
  return new ScimError(400, "invalidPath", `The path ${quoteName(path)} ${fault}`);
}

/**
 * Attributes that no schema knows are left out with a note, but a client that means to deactivate someone must not be
 * told 200 for nothing: `active` in a place where it is not known is an error (V54).
 */
function refuseMisplacedActive(resolved: ResolvedName, text: string): void {
  if (resolved.kind !== "unknown" && resolved.kind !== "malformed") return;
  const misplaced = resolved.kind === "unknown" && resolved.last === "active";
  if (misplaced || /(?:^|[^a-z])active[^a-z]*$/i.test(text)) {
    throw invalidPath(text, 'is not where a user\'s "active" is; send it as "active"');
  }
}

function parseValuePath(schema: ResourceSchema, text: string, open: number): PatchTarget {
  const close = closingBracket(text, open);
  const tail = text.slice(close + 1);
  const subName = tail.startsWith(".") ? tail.slice(1) : "";
  if (tail !== "" && !isAttributeName(subName)) {
    throw invalidPath(text, "may only have one dot and a name after the closing bracket");
  }
  const resolved = resolveName(schema, text.slice(0, open).trim());
  if (resolved.kind === "unknown") return { kind: "unknown" };
  if (resolved.kind !== "attribute" || resolved.sub !== null || !resolved.attribute.multiValued) {
    throw invalidPath(text, "has brackets after something that has no elements to choose from");
  }
  const { attribute } = resolved;
  const sub = subName === "" ? null : findAttribute(attribute.sub, subName);
  if (sub === undefined)
    throw new ScimError(400, "invalidPath", unknownAttribute(schema, `${attribute.name}.${subName}`));
  return { ...resolved, filter: parseValueFilter(text.slice(open + 1, close), attribute), sub };
}

function closingBracket(text: string, open: number): number {
  let at = open + 1;
  while (at < text.length) {
    if (text[at] === "]") return at;
    at = text[at] === '"' ? endOfString(text, at) : at + 1;
  }
  throw invalidPath(text, "has no closing bracket");
}
