import { enterpriseUserUrn } from "@muster/scim";
import type { MappingRow } from "./attributes/compile-mapping.ts";
import { defaultRows, mappingRow } from "./default-rows.ts";

const extension = (name: string): string => `${enterpriseUserUrn}:${name}`;

/**
 * JumpCloud as the app that people are pushed to (SB16 to SB35). What is mapped arrives as: userName → username, title →
 * jobTitle, locale → location, userType → employeeType, organization → company, employeeNumber → employeeIdentifier. Its own
 * names costCenter and organization are taken bare and in the extension. Without password (SB24) and manager (SE16).
 */
const JUMPCLOUD: readonly MappingRow[] = [
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
];

const BY_PROFILE: ReadonlyMap<string, readonly MappingRow[]> = new Map([["jumpcloud", JUMPCLOUD]]);

/** The rows that a connection begins with: those known of its profile, else the product's own. */
export function profileRows(profile: string | null): readonly MappingRow[] {
  return (profile === null ? undefined : BY_PROFILE.get(profile)) ?? defaultRows;
}
