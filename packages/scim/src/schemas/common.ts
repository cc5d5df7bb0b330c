import { type AttributeDefinition, attribute } from "./definition.ts";

/** The attributes of every resource (RFC 7643 §3, §3.1); they belong to no schema and are not listed at /Schemas. */
export const commonAttributes: readonly AttributeDefinition[] = [
  attribute("schemas", "URIs of the schemas that the resource follows", {
    type: "reference",
    referenceTypes: ["uri"],
    multiValued: true,
    mutability: "readOnly",
    returned: "always",
    caseExact: true,
  }),
  attribute("id", "Id given by this server", {
    mutability: "readOnly",
    returned: "always",
    uniqueness: "server",
    caseExact: true,
  }),
  attribute("externalId", "Id given by the client", { caseExact: true }),
  attribute("meta", "About the resource", {
    type: "complex",
    mutability: "readOnly",
    subAttributes: [
      attribute("resourceType", "Name of the resource type", { mutability: "readOnly", caseExact: true }),
      attribute("created", "When it was made", { type: "dateTime", mutability: "readOnly" }),
      attribute("lastModified", "When it last changed", { type: "dateTime", mutability: "readOnly" }),
      attribute("location", "Its address", {
        type: "reference",
        referenceTypes: ["uri"],
        mutability: "readOnly",
        caseExact: true,
      }),
      attribute("version", "Its version, as in ETag", { mutability: "readOnly", caseExact: true }),
    ],
  }),
];
