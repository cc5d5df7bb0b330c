import { isObject, type UnknownObject } from "../json.ts";
import { maxExtensionAttributes, maxExtensions, maxSchemaUriCharacters } from "../limits.ts";
import { quoteName } from "../notes.ts";
import { ScimError } from "../scim-error.ts";
import { enterpriseUserUrn } from "../urns.ts";
import { type AttributeDefinition, type AttributeType, attribute, type SchemaDefinition } from "./definition.ts";
import { enterpriseUserDefinition } from "./enterprise.ts";
import { groupDefinition } from "./group.ts";
import {
  compileResourceSchema,
  groupSchema,
  isAttributeName,
  type ResourceSchema,
  type ResourceType,
  userSchema,
} from "./registry.ts";
import { userDefinition } from "./user.ts";

/** A schema that a directory adds to one kind of resource. */
export type ExtensionDefinition = { resourceType: ResourceType; definition: SchemaDefinition };

const types = ["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"] as const;
const maxNameCharacters = 100;
const maxTextCharacters = 500;

/**
 * Reads the definition of an extension schema. No attribute of one can be required: an identity provider that knows
 * nothing of it must still be able to push people (RFC 7643 §7).
 *
 * @throws {ScimError} 400 `invalidValue`, naming the place
 */
export function parseExtensionDefinition(input: unknown): ExtensionDefinition {
  const extension = requireObject(input, "An extension");
  const { resourceType } = extension;
  if (resourceType !== "User" && resourceType !== "Group")
    throw invalid('An extension: resourceType must be "User" or "Group"');
  // As it is stored, and as an app owner writes it: with the definition's members beside the resource type.
  const definition = isObject(extension["definition"]) ? extension["definition"] : extension;
  const id = readUri(definition["id"]);
  return {
    resourceType,
    definition: {
      id,
      name: readText(definition["name"] ?? id.split(":").at(-1), `${id}: name`, maxSchemaUriCharacters),
      description: readText(definition["description"] ?? "", `${id}: description`, maxTextCharacters),
      attributes: readAttributes(definition["attributes"], id, "complex"),
    },
  };
}

/**
 * Makes the schemas of a directory: the standard ones, and what the directory adds.
 *
 * @throws {ScimError} 400 `invalidValue` when two extensions have one URI, or one is a URI of the standard
 */
export function directorySchemas(
  extensions: readonly ExtensionDefinition[],
): Readonly<Record<ResourceType, ResourceSchema>> {
  if (extensions.length === 0) return { User: userSchema, Group: groupSchema };
  if (extensions.length > maxExtensions) throw invalid(`A directory may have ${maxExtensions} extensions at most`);
  const seen = new Set([userDefinition.id, groupDefinition.id, enterpriseUserUrn].map((id) => id.toLowerCase()));
  for (const { definition } of extensions) {
    if (seen.has(definition.id.toLowerCase())) throw invalid(`${definition.id} is taken by another schema`);
    seen.add(definition.id.toLowerCase());
  }
  const of = (type: ResourceType): SchemaDefinition[] =>
    extensions.filter(({ resourceType }) => resourceType === type).map(({ definition }) => definition);
  return {
    User: compileResourceSchema("User", userDefinition, [enterpriseUserDefinition, ...of("User")]),
    Group: compileResourceSchema("Group", groupDefinition, of("Group")),
  };
}

function readAttributes(value: unknown, place: string, deepest: AttributeType): AttributeDefinition[] {
  if (!Array.isArray(value) || value.length === 0)
    throw invalid(`${place}: attributes must be a list with at least one`);
  if (value.length > maxExtensionAttributes)
    throw invalid(`${place}: ${maxExtensionAttributes} attributes at most, not ${value.length}`);
  const attributes = value.map((one, index) => readAttribute(one, `${place}: attribute ${index + 1}`, deepest));
  const names = new Set<string>();
  for (const { name } of attributes) {
    if (names.has(name.toLowerCase())) throw invalid(`${place}: attribute ${name} is defined twice`);
    names.add(name.toLowerCase());
  }
  return attributes;
}

function readAttribute(value: unknown, place: string, deepest: AttributeType): AttributeDefinition {
  const sent = requireObject(value, place);
  const { name } = sent;
  // Attributes become keys of plain objects: a schema may not name what every object inherits (V40).
  if (typeof name !== "string" || name.length > maxNameCharacters || !isAttributeName(name) || name in Object.prototype)
    throw invalid(`${place}: name must be a letter, then letters, digits, - and _, ${maxNameCharacters} at most`);
  const here = `${place} (${name})`;
  const type = readWord(sent, "type", types, "string", here);
  if (type === "complex" && deepest !== "complex") throw invalid(`${here}: a part cannot be complex itself`);
  if (sent["mutability"] === "immutable" && deepest !== "complex")
    throw invalid(`${here}: a part is as mutable as its attribute; leave mutability out`);
  if (sent["required"] === true) throw invalid(`${here}: an extension attribute cannot be required`);
  return attribute(name, readText(sent["description"] ?? "", `${here}: description`, maxTextCharacters), {
    type,
    multiValued: readFlag(sent, "multiValued", here),
    caseExact: readFlag(sent, "caseExact", here) || type === "binary" || type === "reference",
    mutability: readWord(sent, "mutability", ["readWrite", "immutable"], "readWrite", here),
    returned: readWord(sent, "returned", ["default", "request"], "default", here),
    ...readCanonicalValues(sent, here),
    ...(type === "complex" ? { subAttributes: readAttributes(sent["subAttributes"], here, "string") } : {}),
  });
}

function readCanonicalValues(sent: UnknownObject, place: string): { canonicalValues?: readonly string[] } {
  const value = sent["canonicalValues"];
  if (value === undefined) return {};
  if (!Array.isArray(value) || value.length > maxExtensionAttributes)
    throw invalid(`${place}: canonicalValues must be a list of at most ${maxExtensionAttributes} texts`);
  return { canonicalValues: value.map((one) => readText(one, `${place}: a canonical value`, maxTextCharacters)) };
}

function readWord<const Word extends string>(
  sent: UnknownObject,
  name: string,
  words: readonly Word[],
  otherwise: Word,
  place: string,
): Word {
  const value = sent[name];
  if (value === undefined) return otherwise;
  const word = words.find((known) => known === value);
  if (word === undefined) throw invalid(`${place}: ${name} must be one of ${words.join(", ")}`);
  return word;
}

function readFlag(sent: UnknownObject, name: string, place: string): boolean {
  const value = sent[name] ?? false;
  if (typeof value !== "boolean") throw invalid(`${place}: ${name} must be true or false`);
  return value;
}

function readText(value: unknown, place: string, maxCharacters: number): string {
  if (typeof value === "string" && value.length <= maxCharacters && !/[\p{Cc}\p{Cs}\p{Cn}]/u.test(value)) return value;
  throw invalid(`${place} must be text of at most ${maxCharacters} characters without control characters`);
}

/** A URN or https URI; the colon is what tells it from an attribute name among the keys of a resource. */
function readUri(value: unknown): string {
  const uri = typeof value === "string" ? value : "";
  if (
    uri.length <= maxSchemaUriCharacters &&
    /^(?:urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}:|https:\/\/)[!-Z_a-z~]+$/.test(uri)
  )
    return uri;
  throw invalid(`${quoteName(uri)}: an extension's id must be a URN such as urn:example:params:scim:schemas:acme:User`);
}

function requireObject(value: unknown, place: string): UnknownObject {
  if (!isObject(value)) throw invalid(`${place} must be a JSON object`);
  return value;
}

const invalid = (detail: string): ScimError => new ScimError(400, "invalidValue", detail);
