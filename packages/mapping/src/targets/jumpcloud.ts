import { enterpriseUserUrn } from "@muster/scim";
import type { TargetRule } from "../attributes/check-payload.ts";
import { mappingRow } from "../default-rows.ts";
import type { TargetMapping } from "./target-mapping.ts";

/** JumpCloud documents this for each of its names. */
const LONGEST = 1_024;
/** What is left are letters, digits, dot, hyphen and underscore; the at sign is among them: no e-mail address is a username. */
const SPECIAL = " \t!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~";

const text = (target: string, differs: Partial<TargetRule> = {}): TargetRule => ({
  target,
  isRequired: false,
  type: "text",
  maxCharacters: undefined,
  refusedCharacters: "",
  fix: "",
  ...differs,
});
const extension = (name: string): string => `${enterpriseUserUrn}:${name}`;

/**
 * JumpCloud as the app that people are pushed to (SB16 to SB35). What is mapped arrives as: userName → username, title →
 * jobTitle, locale → location, userType → employeeType, organization → company, employeeNumber → employeeIdentifier. Its own
 * names costCenter and organization are taken bare and in the extension. Without password (SB24) and manager (SE16).
 */
export const jumpcloud: TargetMapping = {
  rows: [
    mappingRow("userName", "user.userName", { isRequired: true }),
    mappingRow("name.givenName", "user.name.givenName"),
    mappingRow("name.familyName", "user.name.familyName"),
    mappingRow('emails[type eq "work"].value', "primary(user.emails).value"),
    mappingRow('emails[type eq "work"].primary', "true"),
    mappingRow("displayName", "user.displayName"),
    mappingRow("title", "user.title"),
    mappingRow(extension("department"), "enterprise.department"),
    mappingRow("locale", "user.locale"),
    mappingRow("costCenter", "enterprise.costCenter"),
    mappingRow(extension("costCenter"), "enterprise.costCenter"),
    mappingRow("userType", "user.userType"),
    mappingRow("organization", "enterprise.organization"),
    mappingRow(extension("organization"), "enterprise.organization"),
    mappingRow(extension("employeeNumber"), "enterprise.employeeNumber"),
  ],
  payloadRules: [
    text("userName", {
      isRequired: true,
      maxCharacters: LONGEST,
      refusedCharacters: SPECIAL,
      fix: "map userName without special characters; of an e-mail address take the part before the at sign",
      suggestion: 'user.userName.split("@")[0]',
    }),
    text("name.givenName", { maxCharacters: LONGEST, fix: "map a shorter first name" }),
    text("name.familyName", { maxCharacters: LONGEST, fix: "map a shorter last name" }),
    text("emails[primary eq true].value", {
      isRequired: true,
      type: "email",
      maxCharacters: LONGEST,
      fix: "map a primary e-mail address",
    }),
    ...["displayName", "title", "locale", "userType", "costCenter", "organization"].map((name) => text(name)),
    ...["department", "costCenter", "organization", "employeeNumber"].map((name) => text(extension(name))),
  ],
  takes: [
    "name",
    "displayName",
    "emails",
    "title",
    "locale",
    "userType",
    "costCenter",
    "organization",
    ...["department", "costCenter", "organization", "employeeNumber"].map(extension),
  ],
};
