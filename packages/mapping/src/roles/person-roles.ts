import { type Attributes, isAttributes, type Json, ownValue } from "@muster/scim";

/** As many values as are looked at, and how long one may be: a source may send anything. */
const MAX_ROLES = 100;
const MAX_CHARACTERS = 2048;

/**
 * The values of a person's own `roles` attribute, in their order. Entra puts the JSON of an app role there as a text
 * (AppRoleAssignmentsComplex): then it is that role's value (F8).
 *
 * @see RFC 7643 §4.1.2
 */
export function rolesOfPerson(attributes: Attributes): string[] {
  const roles = ownValue(attributes, "roles") ?? null;
  const entries = Array.isArray(roles) ? roles.slice(0, MAX_ROLES) : [roles];
  return [
    ...new Set(entries.flatMap((entry) => roleOf(isAttributes(entry) ? (ownValue(entry, "value") ?? null) : entry))),
  ];
}

function roleOf(value: Json): string[] {
  if (typeof value !== "string" || value === "" || value.length > MAX_CHARACTERS) return [];
  if (!value.trimStart().startsWith("{")) return [value];
  const role = parse(value);
  const inside = isAttributes(role) ? ownValue(role, "value") : undefined;
  return typeof inside === "string" && inside !== "" ? [inside] : [];
}

function parse(text: string): Json {
  try {
    // A text that is JSON holds nothing else.
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}
