import { type Attributes, errorUrn, isAttributes, type Json } from "@muster/scim";
import type { RemoteGroup, RemoteUser, UserListing } from "../connector.ts";
import { isRemoteId, parseJson } from "./parse-json.ts";

export type ScimErrorBody = { scimType: string | null; detail: string | null };

/** Parses a body as a JSON object; null when it is anything else, a login page for one (F41). */
export function parseObject(body: string): Attributes | null {
  const parsed = parseJson(body);
  return parsed !== undefined && isAttributes(parsed) ? parsed : null;
}

/** Reads a SCIM Error (RFC 7644 section 3.12); null when the body is none. */
export function parseScimError(body: string): ScimErrorBody | null {
  const parsed = parseObject(body);
  if (!parsed || !hasSchema(parsed, errorUrn)) return null;
  return { scimType: textOf(own(parsed, "scimType")), detail: textOf(own(parsed, "detail")) };
}

/**
 * Reads a user as apps really send it: the id may be a number, `active` a string, externalId may be spelled external_id.
 * Null when there is no id, or nothing that makes the object a user.
 */
export function parseRemoteUser(value: Json | null | undefined): RemoteUser | null {
  if (!isAttributes(value) || hasSchema(value, errorUrn)) return null;
  const remoteId = idOf(own(value, "id"));
  const userName = textOf(own(value, "userName"));
  if (remoteId === null || (userName === null && !Array.isArray(own(value, "schemas")))) return null;
  return {
    remoteId,
    externalId: textOf(own(value, "externalId")) ?? textOf(own(value, "external_id")),
    userName,
    active: booleanOf(own(value, "active")),
    resource: value,
  };
}

/** Reads a group as apps really send it; null when there is no id, or nothing that makes the object a group. */
export function parseRemoteGroup(value: Json | null | undefined): RemoteGroup | null {
  if (!isAttributes(value) || hasSchema(value, errorUrn)) return null;
  const remoteId = idOf(own(value, "id"));
  const displayName = textOf(own(value, "displayName"));
  if (remoteId === null || (displayName === null && !Array.isArray(own(value, "schemas")))) return null;
  const members = own(value, "members");
  return {
    remoteId,
    externalId: textOf(own(value, "externalId")) ?? textOf(own(value, "external_id")),
    displayName,
    members: Array.isArray(members) ? members.flatMap((member) => memberId(member) ?? []) : null,
  };
}

function memberId(member: Json): string | null {
  return idOf(isAttributes(member) ? own(member, "value") : member);
}

/** Reads a ListResponse of groups leniently; null when it is none. */
export function parseGroupList(body: string): RemoteGroup[] | null {
  return (
    listedResources(body)
      ?.entries.map(parseRemoteGroup)
      .filter((group) => group !== null) ?? null
  );
}

/** Reads a ListResponse (RFC 7644 section 3.4.2) leniently; null when it is none. Entries that are no users are left out. */
export function parseUserList(body: string): RemoteUser[] | null {
  return parseUserListing(body)?.users ?? null;
}

/** Like `parseUserList`, with what is needed to go on to the next page. */
export function parseUserListing(body: string): UserListing | null {
  const listed = listedResources(body);
  if (listed === null) return null;
  const users = listed.entries.map(parseRemoteUser).filter((user) => user !== null);
  const { entries, totalResults, nextCursor } = listed;
  return { users, entries: entries.length, totalResults, nextCursor };
}

type Listed = { entries: Json[]; totalResults: number | null; nextCursor: string | null };

function listedResources(body: string): Listed | null {
  const parsed = parseObject(body);
  if (!parsed || hasSchema(parsed, errorUrn)) return null;
  const resources = own(parsed, "Resources");
  const total = Number(own(parsed, "totalResults") ?? Number.NaN);
  const totalResults = Number.isSafeInteger(total) && total >= 0 ? total : null;
  const nextCursor = textOf(own(parsed, "nextCursor")) || null;
  if (Array.isArray(resources)) return { entries: resources, totalResults, nextCursor };
  // Without a match the array may be left out.
  if (resources !== undefined && resources !== null) return null;
  return totalResults === 0 ? { entries: [], totalResults, nextCursor } : null;
}

function own(object: Attributes, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function hasSchema(object: Attributes, urn: string): boolean {
  const schemas = own(object, "schemas");
  return (
    Array.isArray(schemas) &&
    schemas.some((schema) => typeof schema === "string" && schema.toLowerCase() === urn.toLowerCase())
  );
}

/** A number beyond 2^53 has lost digits on the way: the wrong id is worse than none. */
function textOf(value: Json | undefined): string | null {
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : null;
  return typeof value === "string" ? value : null;
}

function idOf(value: Json | undefined): string | null {
  const text = textOf(value);
  return text !== null && isRemoteId(text) ? text : null;
}

function booleanOf(value: Json | undefined): boolean | null {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string") return null;
  const lower = value.toLowerCase();
  return lower === "true" ? true : lower === "false" ? false : null;
}
