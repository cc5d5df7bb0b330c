import type { Attributes, Json } from "../json.ts";
import { resourceTypeUrn, schemaUrn, serviceProviderConfigUrn } from "../urns.ts";
import type { AttributeDefinition, SchemaDefinition } from "./definition.ts";
import { groupSchema, type ResourceSchema, userSchema } from "./registry.ts";

const standardSchemas: readonly ResourceSchema[] = [userSchema, groupSchema];

/** What a server says of its limits; `oauthTokenUrl` where short-lived tokens are given out. */
export type ServiceLimits = {
  baseUrl: string;
  maxResults: number;
  defaultCount: number;
  bulk: { maxOperations: number; maxPayloadBytes: number };
  oauthTokenUrl?: string;
};

/**
 * Makes the answer of /ServiceProviderConfig. Clients use what is announced: some cut their group changes by
 * `bulk.maxOperations`, some step through lists by `maxResults`.
 *
 * @see RFC 7643 §5, RFC 9865 §3
 */
export function serviceProviderConfig(limits: ServiceLimits): Attributes {
  const { baseUrl, maxResults, defaultCount, bulk, oauthTokenUrl } = limits;
  return {
    schemas: [serviceProviderConfigUrn],
    patch: { supported: true },
    bulk: { supported: true, maxOperations: bulk.maxOperations, maxPayloadSize: bulk.maxPayloadBytes },
    filter: { supported: true, maxResults },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: "index",
      defaultPageSize: defaultCount,
      maxPageSize: maxResults,
    },
    authenticationSchemes: [
      {
        type: "oauthbearertoken",
        name: "OAuth Bearer Token",
        description: "The bearer token that was given out with this endpoint",
        specUri: "https://www.rfc-editor.org/info/rfc6750",
        primary: true,
      },
      ...(oauthTokenUrl === undefined
        ? []
        : [
            {
              type: "oauth2",
              name: "OAuth 2.0 client credentials",
              description: `Short-lived tokens for a client of this directory, from ${oauthTokenUrl}`,
              specUri: "https://www.rfc-editor.org/info/rfc6749",
              primary: false,
            },
          ]),
    ],
    meta: {
      resourceType: "ServiceProviderConfig",
      location: `${withoutSlash(baseUrl)}/ServiceProviderConfig`,
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
