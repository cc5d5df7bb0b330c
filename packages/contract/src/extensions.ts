import Type, { type Static } from "typebox";
import { closed, oneOf, text } from "./primitives.ts";

const attributeName = text(
  1,
  100,
  "an attribute's name as RFC 7643 writes them: a letter, then letters, digits, - and _",
);
const description = Type.Optional(text(0, 500));
const canonicalValues = Type.Optional(Type.Array(text(1, 200), { maxItems: 100 }));
const common = {
  name: attributeName,
  description,
  multiValued: Type.Optional(Type.Boolean({ default: false })),
  caseExact: Type.Optional(Type.Boolean({ default: false })),
  returned: Type.Optional(oneOf(["default", "request"], { default: "default" })),
  canonicalValues,
};
const simpleTypes = ["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference"] as const;

const ExtensionPart = closed(
  { ...common, type: Type.Optional(oneOf(simpleTypes, { default: "string" })) },
  { title: "ExtensionPart" },
);

const ExtensionAttribute = closed(
  {
    ...common,
    mutability: Type.Optional(oneOf(["readWrite", "immutable"], { default: "readWrite" })),
    type: Type.Optional(oneOf([...simpleTypes, "complex"], { default: "string" })),
    subAttributes: Type.Optional(
      Type.Array(ExtensionPart, { maxItems: 50, description: "the parts of a complex attribute" }),
    ),
  },
  { title: "ExtensionAttribute" },
);

export const Extension = closed(
  {
    resourceType: oneOf(["User", "Group"]),
    id: text(1, 200, "the schema's own URI, such as urn:ietf:params:scim:schemas:extension:acme:2.0:User"),
    name: text(1, 100),
    description,
    attributes: Type.Array(ExtensionAttribute, { minItems: 1, maxItems: 100 }),
  },
  {
    title: "Extension",
    description: "An extension schema (RFC 7643 section 7): what a directory keeps besides the standard attributes.",
  },
);
export type Extension = Static<typeof Extension>;

export const PutExtensionsRequest = closed(
  { extensions: Type.Array(Extension, { maxItems: 20 }) },
  { title: "PutExtensionsRequest", description: "Replaces all extension schemas of the directory." },
);
export type PutExtensionsRequest = Static<typeof PutExtensionsRequest>;

export const Extensions = closed({ extensions: Type.Array(Extension) }, { title: "Extensions" });
export type Extensions = Static<typeof Extensions>;
