import { commonAttributes } from "./common.ts";
import type { AttributeDefinition, SchemaDefinition } from "./definition.ts";
import { enterpriseUserDefinition } from "./enterprise.ts";
import { groupDefinition } from "./group.ts";
import { userDefinition } from "./user.ts";

export type ResourceType = "User" | "Group";

/** An attribute with its sub-attributes ready to look up. */
export type CompiledAttribute = AttributeDefinition & { readonly sub: AttributeIndex };

/** Attributes by exact and by lower-case name: names are case-insensitive (RFC 7643 §2.1). */
export type AttributeIndex = ReadonlyMap<string, CompiledAttribute>;

export type CompiledExtension = {
  readonly definition: SchemaDefinition;
  readonly urn: string;
  readonly attributes: AttributeIndex;
};

/**
 * Everything that parsing, filters, PATCH and discovery know about one resource type. It is an argument of all of them,
 * so that a directory can bring extension schemas of its own; without one they use the standard schemas.
 */
export type ResourceSchema = {
  readonly resourceType: ResourceType;
  readonly definition: SchemaDefinition;
  readonly attributes: AttributeIndex;
  readonly extensions: readonly CompiledExtension[];
  /** By lower-case URN. */
  readonly extensionByUrn: ReadonlyMap<string, CompiledExtension>;
};

// RFC 7643 §2.1, with the one exception that the RFC itself makes: $ref.
const attributeName = /^\$?[A-Za-z][A-Za-z0-9_-]*$/;

/**
 * Prepares the schemas of a resource type for look-ups.
 *
 * @throws {RangeError} if a name is no attribute name, is one that every object inherits, or comes twice, or a URI is none
 */
export function compileResourceSchema(
  resourceType: ResourceType,
  definition: SchemaDefinition,
  extensions: readonly SchemaDefinition[],
): ResourceSchema {
  const compiled = extensions.map((extension) =>
    Object.freeze({ definition: extension, urn: extension.id, attributes: indexAttributes(extension.attributes) }),
  );
  const extensionByUrn = new Map(compiled.map((extension) => [extension.urn.toLowerCase(), extension]));
  // A URN is also a key of a plain object, and the colon is what tells it from an attribute name.
  for (const { urn } of compiled) if (!urn.includes(":")) throw new RangeError(`${urn} cannot be the URI of a schema`);
  if (extensionByUrn.size !== compiled.length) throw new RangeError("two extension schemas have the same URN");
  return Object.freeze({
    resourceType,
    definition,
    attributes: indexAttributes([...commonAttributes, ...definition.attributes]),
    extensions: Object.freeze(compiled),
    extensionByUrn,
  });
}

/** Finds an attribute by name in any case. */
export function findAttribute(index: AttributeIndex, name: string): CompiledAttribute | undefined {
  return index.get(name) ?? index.get(name.toLowerCase());
}

/** Tells whether a text has the form of an attribute name. */
export function isAttributeName(text: string): boolean {
  return attributeName.test(text);
}

function indexAttributes(definitions: readonly AttributeDefinition[]): AttributeIndex {
  const index = new Map<string, CompiledAttribute>();
  for (const definition of definitions) {
    const { name } = definition;
    // Attributes become keys of plain objects: a schema may not name what every object inherits (V40).
    if (!isAttributeName(name) || name in Object.prototype) throw new RangeError(`${name} cannot name an attribute`);
    if (index.has(name.toLowerCase())) throw new RangeError(`attribute ${name} is defined twice`);
    const compiled = Object.freeze({ ...definition, sub: indexAttributes(definition.subAttributes ?? []) });
    index.set(name, compiled);
    index.set(name.toLowerCase(), compiled);
  }
  return index;
}

/** Users with the Enterprise extension. */
export const userSchema: ResourceSchema = compileResourceSchema("User", userDefinition, [enterpriseUserDefinition]);

/** Groups without extensions. */
export const groupSchema: ResourceSchema = compileResourceSchema("Group", groupDefinition, []);

/** The standard schema of a resource type. */
export function standardSchema(resourceType: ResourceType): ResourceSchema {
  return resourceType === "User" ? userSchema : groupSchema;
}
