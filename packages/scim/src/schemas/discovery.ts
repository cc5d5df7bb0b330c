import type { Attributes, Json } from "../json.ts";
import { maxPatchOperations } from "../limits.ts";
import { resourceTypeUrn, schemaUrn, serviceProviderConfigUrn } from "../urns.ts";
import type { AttributeDefinition, SchemaDefinition } from "./definition.ts";
import { groupSchema, type ResourceSchema, userSchema } from "./registry.ts";

const standardSchemas: readonly ResourceSchema[] = [userSchema, groupSchema];

/** The body limit announced for bulk, in bytes; bulk itself is not offered, but clients read its numbers. */
const maxBulkPayloadBytes = 1_048_576;

/**
 * Makes the answer of /ServiceProviderConfig.
 *
 * `bulk.maxOperations` is never 0 or 1: clients cut their group changes by it even where bulk is not supported.
 *
 * @see RFC 7643 §5
 */
export function serviceProviderConfig(input: { baseUrl: string; maxResults: number }): Attributes {
  return {
    schemas: [serviceProviderConfigUrn],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: maxPatchOperations, maxPayloadSize: maxBulkPayloadBytes },
    filter: { supported: true, maxResults: input.maxResults },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: "oauthbearertoken",
        name: "OAuth Bearer Token",
        description: "The bearer token that was given out with this endpoint",
        specUri: "https://www.rfc-editor.org/info/rfc6750",
        primary: true,
      },
    ],
    meta: {
      resourceType: "ServiceProviderConfig",
      location: `${withoutSlash(input.baseUrl)}/ServiceProviderConfig`,
    },
  };
}

/** Makes the resources of /ResourceTypes (RFC 7643 §6). */
export function resourceTypes(
  baseUrl: string,
  resourceSchemas: readonly ResourceSchema[] = standardSchemas,
): Attributes[] {
  return resourceSchemas.map(({ resourceType, definition, extensions }) => ({
    schemas: [resourceTypeUrn],
    id: resourceType,
    name: resourceType,
    endpoint: `/${resourceType}s`,
    description: definition.description,
    schema: definition.id,
    schemaExtensions: extensions.map(({ urn }) => ({ schema: urn, required: false })),
    meta: { resourceType: "ResourceType", location: `${withoutSlash(baseUrl)}/ResourceTypes/${resourceType}` },
  }));
}

/** Makes the resources of /Schemas: each resource type's own schema and its extensions (RFC 7643 §7). */
export function schemas(baseUrl: string, resourceSchemas: readonly ResourceSchema[] = standardSchemas): Attributes[] {
  const definitions = resourceSchemas.flatMap(({ definition, extensions }) => [
    definition,
    ...extensions.map((extension) => extension.definition),
  ]);
  return definitions.map((definition) => describeSchema(definition, baseUrl));
}

function describeSchema(definition: SchemaDefinition, baseUrl: string): Attributes {
  return {
    schemas: [schemaUrn],
    id: definition.id,
    name: definition.name,
    description: definition.description,
    attributes: definition.attributes.map(describeAttribute),
    meta: { resourceType: "Schema", location: `${withoutSlash(baseUrl)}/Schemas/${definition.id}` },
  };
}

function describeAttribute(definition: AttributeDefinition): Json {
  const { canonicalValues, referenceTypes, subAttributes, ...plain } = definition;
  const described: Attributes = { ...plain };
  if (canonicalValues !== undefined) described["canonicalValues"] = [...canonicalValues];
  if (referenceTypes !== undefined) described["referenceTypes"] = [...referenceTypes];
  if (subAttributes !== undefined) described["subAttributes"] = subAttributes.map(describeAttribute);
  return described;
}

function withoutSlash(baseUrl: string): string {
  return baseUrl.endsWith("/") ? baseUrl.slice(0, -1) : baseUrl;
}
