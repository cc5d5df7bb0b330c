import { enterpriseUserUrn } from "../urns.ts";
import { attribute, type SchemaDefinition } from "./definition.ts";

/** The Enterprise User extension of RFC 7643 §4.3. */
export const enterpriseUserDefinition: SchemaDefinition = {
  id: enterpriseUserUrn,
  name: "EnterpriseUser",
  description: "Enterprise User",
  attributes: [
    attribute("employeeNumber", "Number or code of the person in the organisation"),
    attribute("costCenter", "Cost center"),
    attribute("organization", "Organisation"),
    attribute("division", "Division"),
    attribute("department", "Department"),
    attribute("manager", "The user's manager", {
      type: "complex",
      subAttributes: [
        attribute("value", "Id of the manager's User resource", { caseExact: true }),
        attribute("$ref", "Address of the manager's User resource", {
          type: "reference",
          referenceTypes: ["User"],
          caseExact: true,
        }),
        attribute("displayName", "Name of the manager", { mutability: "readOnly" }),
      ],
    }),
  ],
};
