import { groupUrn } from "../urns.ts";
import { attribute, type SchemaDefinition } from "./definition.ts";

/** The Group schema of RFC 7643 §4.2; members are kept as rows apart from the group. */
export const groupDefinition: SchemaDefinition = {
  id: groupUrn,
  name: "Group",
  description: "Group",
  attributes: [
    attribute("displayName", "Name of the group", { required: true }),
    attribute("members", "The people and groups in the group", {
      type: "complex",
      multiValued: true,
      subAttributes: [
        attribute("value", "Id of the member", { mutability: "immutable", caseExact: true }),
        attribute("$ref", "Address of the member", {
          type: "reference",
          referenceTypes: ["User", "Group"],
          mutability: "immutable",
          caseExact: true,
        }),
        attribute("display", "Name of the member", { mutability: "readOnly" }),
        attribute("type", "Kind of the member", { mutability: "immutable", canonicalValues: ["User", "Group"] }),
      ],
    }),
  ],
};
