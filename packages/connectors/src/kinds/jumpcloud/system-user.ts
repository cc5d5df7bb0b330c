import { type Attributes, enterpriseUserUrn, isAttributes, type Json, userUrn } from "@muster/scim";
import { isRemoteId } from "../../call/parse-json.ts";
import type { RemoteUser } from "../../connector.ts";

/** The custom attribute that holds our id: system users have no externalId of their own. */
const ID_ATTRIBUTE = "externalId";

/** Fields of texts by what they hold of a user. Where there are two places, the first that has a value is sent, and both are read. */
const TEXTS: Readonly<Record<string, readonly [Place, ...Place[]]>> = {
  username: [["userName"]],
  firstname: [["name", "givenName"]],
  middlename: [["name", "middleName"]],
  lastname: [["name", "familyName"]],
  displayname: [["displayName"]],
  jobTitle: [["title"]],
  location: [["locale"]],
  employeeType: [["userType"]],
  costCenter: [[enterpriseUserUrn, "costCenter"], ["costCenter"]],
  company: [[enterpriseUserUrn, "organization"], ["organization"]],
  department: [[enterpriseUserUrn, "department"]],
  employeeIdentifier: [[enterpriseUserUrn, "employeeNumber"]],
  password: [["password"]],
};

/** Keys from the outermost in. */
type Place = readonly [string, ...string[]];

/** A system user as it is sent: fields that are left out stay as they are; "" clears one. */
type SystemUserFields = Record<string, string | boolean>;

/** The fields that a user makes, without `attributes`: those have values of others as well. */
export function toFields(user: Attributes): SystemUserFields {
  const fields: SystemUserFields = {};
  for (const [field, places] of Object.entries(TEXTS)) {
    const value = places.map((place) => at(user, place)).find((found) => typeof found === "string" && found !== "");
    if (typeof value === "string") fields[field] = value;
  }
  const email = primaryEmail(user["emails"]);
  if (email !== null) fields["email"] = email;
  if (typeof user["active"] === "boolean") fields["suspended"] = !user["active"];
  return fields;
}

/** The fields that turn one user into another; everything of `to` where nothing is known of what is there. */
export function changedFields(from: Attributes | null, to: Attributes): SystemUserFields {
  const before = from === null ? {} : toFields(from);
  const after = toFields(to);
  const changed = Object.entries(after).filter(([field, value]) => before[field] !== value);
  const cleared = Object.keys(before).filter((field) => !(field in after) && typeof before[field] === "string");
  return { ...Object.fromEntries(changed), ...Object.fromEntries(cleared.map((field) => [field, ""])) };
}

/** Our id among the custom attributes, beside those that are not ours. */
export function withOurId(attributes: Json | undefined, externalId: string): Json[] {
  const others = (Array.isArray(attributes) ? attributes : []).filter(
    (one) => !(isAttributes(one) && one["name"] === ID_ATTRIBUTE),
  );
  return [...others.map(plain), { name: ID_ATTRIBUTE, value: externalId }];
}

/** Attributes come with ids that are not sent back. */
function plain(attribute: Json): Json {
  return isAttributes(attribute) ? { name: attribute["name"] ?? "", value: attribute["value"] ?? "" } : attribute;
}

/** Reads a system user; null when it is none. */
export function fromSystemUser(value: Json | null | undefined): RemoteUser | null {
  if (!isAttributes(value)) return null;
  const remoteId = textOf(value["_id"]) ?? textOf(value["id"]);
  const userName = textOf(value["username"]);
  if (remoteId === null || !isRemoteId(remoteId) || userName === null) return null;
  const externalId = ourId(value["attributes"]);
  const active = isActive(value);
  const resource: Attributes = { id: remoteId, ...(externalId === null ? {} : { externalId }) };
  for (const [field, places] of Object.entries(TEXTS)) {
    const text = textOf(value[field]);
    if (text !== null && field !== "password") for (const place of places) setAt(resource, place, text);
  }
  const email = textOf(value["email"]);
  if (email !== null) resource["emails"] = [{ value: email, primary: true }];
  if (active !== null) resource["active"] = active;
  const waitsFor = active === true ? waitingFor(value) : null;
  const isEnterprise = Object.hasOwn(resource, enterpriseUserUrn);
  return {
    remoteId,
    externalId,
    userName,
    active,
    resource: { schemas: [userUrn, ...(isEnterprise ? [enterpriseUserUrn] : [])], ...resource },
    ...(waitsFor === null ? {} : { waitsFor }),
  };
}

/** What an active user is still waiting for: a password, or to be let out of staging; null where there is nothing. */
function waitingFor(user: Attributes): string | null {
  if (user["state"] === "STAGED") return "Staged: JumpCloud lets nobody in who is staged";
  if (user["activated"] === false) return "Password pending until the user has set one in JumpCloud";
  return null;
}

/** Unlike SCIM's `active`, a password that is pending or expired does not count: who is not suspended is active. */
function isActive({ suspended, state }: Attributes): boolean | null {
  if (suspended === true || state === "SUSPENDED") return false;
  return suspended === false || typeof state === "string" ? true : null;
}

function ourId(attributes: Json | undefined): string | null {
  if (!Array.isArray(attributes)) return null;
  const found = attributes.find((one) => isAttributes(one) && one["name"] === ID_ATTRIBUTE);
  return isAttributes(found ?? null) ? textOf((found as Attributes)["value"]) : null;
}

/** Only one address has a place; it is the primary one, else the first. */
function primaryEmail(emails: Json | undefined): string | null {
  if (!Array.isArray(emails)) return null;
  const addresses = emails.filter(isAttributes);
  const chosen = addresses.find(({ primary }) => primary === true) ?? addresses[0];
  return textOf(chosen?.["value"]);
}

function at(user: Attributes, [first, ...rest]: Place): Json | undefined {
  const value = Object.hasOwn(user, first) ? user[first] : undefined;
  const [next, ...more] = rest;
  if (next === undefined) return value;
  return isAttributes(value ?? null) ? at(value as Attributes, [next, ...more]) : undefined;
}

function setAt(user: Attributes, [first, ...rest]: Place, value: string): void {
  const [next, ...more] = rest;
  if (next === undefined) {
    user[first] = value;
    return;
  }
  const inner = user[first];
  const holder: Attributes = inner !== undefined && isAttributes(inner) ? inner : {};
  user[first] = holder;
  setAt(holder, [next, ...more], value);
}

/** A text that says something: JumpCloud clears a field by the empty one. */
const textOf = (value: Json | undefined): string | null => (typeof value === "string" && value !== "" ? value : null);
