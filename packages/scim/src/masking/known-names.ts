import type { AttributeDefinition, SchemaDefinition } from "../schemas/definition.ts";
import type { ResourceSchema, ResourceType } from "../schemas/registry.ts";

/** Every name that a directory's schemas or the protocol itself know, as written and in lower case. */
export type KnownNames = ReadonlySet<string>;

// Members of PatchOp, SearchRequest, BulkRequest and ListResponse (RFC 7644), and what RFC 7643 §3.1 gives every resource.
const PROTOCOL = `schemas id externalId meta resourceType created lastModified location version Operations op path value
  attributes excludedAttributes filter sortBy sortOrder startIndex count cursor failOnErrors method bulkId data Resources
  totalResults itemsPerPage $ref type primary display`.split(/\s+/);

/** Collects the names of a directory's schemas, those of its own extensions included. */
export function collectNames(schemas: Readonly<Record<ResourceType, ResourceSchema>>): KnownNames {
  const names = new Set<string>();
  const add = (name: string): void => void names.add(name).add(name.toLowerCase());
  const addAttributes = (attributes: readonly AttributeDefinition[]): void => {
    for (const attribute of attributes) {
      add(attribute.name);
      addAttributes(attribute.subAttributes ?? []);
    }
  };
  const addSchema = (definition: SchemaDefinition): void => {
    add(definition.id);
    addAttributes(definition.attributes);
  };
  for (const name of PROTOCOL) add(name);
  for (const { definition, extensions } of [schemas.User, schemas.Group]) {
    addSchema(definition);
    for (const extension of extensions) addSchema(extension.definition);
  }
  return names;
}

/** Tells whether a name is known, in any case (RFC 7643 §2.1). */
export function isKnownName(names: KnownNames, name: string): boolean {
  return names.has(name) || names.has(name.toLowerCase());
}
