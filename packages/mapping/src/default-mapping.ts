import type { Attributes, Json, UserState } from "@muster/scim";
import { enterpriseUserUrn, userUrn } from "@muster/scim";

/** Core attributes that an app receives as they are. Not among them: roles and entitlements, which only rules decide (V34). */
const COPIED = [
  "name",
  "displayName",
  "nickName",
  "profileUrl",
  "title",
  "userType",
  "preferredLanguage",
  "locale",
  "timezone",
  "emails",
  "phoneNumbers",
  "addresses",
] as const;

/**
 * Makes the payload of a downstream user: our stable id as its externalId, the person's attributes, and the roles that
 * the rules gave, the first one primary. Members without a value are left out.
 *
 * @see RFC 7643 §4.1
 */
export function defaultMapping(person: { userId: string; user: UserState; roles: readonly string[] }): Attributes {
  const { userId, user, roles } = person;
  const enterprise = enterpriseOf(user.attributes);
  const payload: Attributes = {
    schemas: enterprise === undefined ? [userUrn] : [userUrn, enterpriseUserUrn],
    externalId: userId,
    userName: user.userName,
    active: user.active,
  };
  for (const name of COPIED) {
    const value = user.attributes[name];
    if (value !== undefined && value !== null) payload[name] = value;
  }
  if (roles.length > 0) payload.roles = roles.map((value, index): Json => ({ value, primary: index === 0 }));
  if (enterprise !== undefined) payload[enterpriseUserUrn] = enterprise;
  return payload;
}

/** The enterprise extension without `manager`: its value is an id of the source, which means nothing to the app. */
function enterpriseOf(attributes: Attributes): Attributes | undefined {
  const extension = attributes[enterpriseUserUrn];
  if (typeof extension !== "object" || extension === null || Array.isArray(extension)) return undefined;
  const { manager: _source, ...kept } = extension;
  return Object.keys(kept).length === 0 ? undefined : kept;
}
