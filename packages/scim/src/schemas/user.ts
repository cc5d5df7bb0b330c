import { userUrn } from "../urns.ts";
import { attribute, plural, type SchemaDefinition } from "./definition.ts";

/** The User schema of RFC 7643 §4.1 and §8.7.1. */
export const userDefinition: SchemaDefinition = {
  id: userUrn,
  name: "User",
  description: "User account",
  attributes: [
    attribute("userName", "Name that identifies the user in this directory, without regard to case", {
      required: true,
      uniqueness: "server",
    }),
    attribute("name", "The parts of the name", {
      type: "complex",
      subAttributes: [
        attribute("formatted", "The full name, ready to show"),
        attribute("familyName", "Family name"),
        attribute("givenName", "Given name"),
        attribute("middleName", "Middle names"),
        attribute("honorificPrefix", "Title in front of the name"),
        attribute("honorificSuffix", "Suffix after the name"),
      ],
    }),
    attribute("displayName", "The name to show"),
    attribute("nickName", "The casual name"),
    attribute("profileUrl", "A page about the user", {
      type: "reference",
      referenceTypes: ["external"],
      caseExact: true,
    }),
    attribute("title", "Job title"),
    attribute("userType", "Relation to the organisation, such as Employee or Contractor"),
    attribute("preferredLanguage", "Language, as in Accept-Language"),
    attribute("locale", "Locale for currency, dates and numbers"),
    attribute("timezone", "Time zone by its Olson name"),
    attribute("active", "False takes the user's access away", { type: "boolean" }),
    attribute("password", "Accepted and never kept: this gateway signs nobody in", {
      mutability: "writeOnly",
      returned: "never",
      caseExact: true,
    }),
    plural("emails", "E-mail addresses", { types: ["work", "home", "other"] }),
    plural("phoneNumbers", "Telephone numbers", { types: ["work", "home", "mobile", "fax", "pager", "other"] }),
    plural("ims", "Instant messaging addresses"),
    plural("photos", "Addresses of pictures", {
      value: { type: "reference", referenceTypes: ["external"], caseExact: true },
      types: ["photo", "thumbnail"],
    }),
    attribute("addresses", "Postal addresses", {
      type: "complex",
      multiValued: true,
      subAttributes: [
        attribute("formatted", "The full address, ready to show"),
        attribute("streetAddress", "Street and number"),
        attribute("locality", "City"),
        attribute("region", "State or region"),
        attribute("postalCode", "Postal code"),
        attribute("country", "Country by its ISO 3166-1 alpha-2 code"),
        attribute("type", "What the address is for", { canonicalValues: ["work", "home", "other"] }),
        attribute("primary", "True for the preferred address, at most once", { type: "boolean" }),
      ],
    }),
    attribute("groups", "Groups that the user is in; changed through the Group resource", {
      type: "complex",
      multiValued: true,
      mutability: "readOnly",
      subAttributes: [
        attribute("value", "Id of the group", { mutability: "readOnly", caseExact: true }),
        attribute("$ref", "Address of the group", {
          type: "reference",
          referenceTypes: ["Group"],
          mutability: "readOnly",
          caseExact: true,
        }),
        attribute("display", "Name of the group", { mutability: "readOnly" }),
        attribute("type", "How the user came into the group", {
          mutability: "readOnly",
          canonicalValues: ["direct", "indirect"],
        }),
      ],
    }),
    plural("entitlements", "What the user may use, as the identity provider says"),
    plural("roles", "Roles, as the identity provider says"),
    plural("x509Certificates", "Certificates, DER in base64", { value: { type: "binary", caseExact: true } }),
  ],
};
