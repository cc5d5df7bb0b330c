import type { GroupState } from "./group.ts";
import type { Attributes } from "./json.ts";
import { groupUrn, userUrn } from "./urns.ts";
import type { UserState } from "./user.ts";
import { formatVersion } from "./version.ts";

/** What the server says about a stored resource; `location` is its absolute address. */
export type Meta = { id: string; created: Date; lastModified: Date; version: number; location: string };

/** Makes the full User resource; project it before sending (RFC 7643 §3, §4.1). */
export function toUserResource(
  user: UserState,
  meta: Meta,
  groups: { value: string; display: string; type?: string; $ref: string }[] = [],
): Attributes {
  return {
    schemas: schemasOf(userUrn, user.attributes),
    id: meta.id,
    ...(user.externalId === null ? {} : { externalId: user.externalId }),
    userName: user.userName,
    ...user.attributes,
    active: user.active,
    ...(groups.length === 0 ? {} : { groups }),
    meta: describeMeta("User", meta),
  };
}

/** Makes the full Group resource; without `members` it has none, an empty list is shown (RFC 7643 §4.2). */
export function toGroupResource(
  group: GroupState,
  meta: Meta,
  members?: { value: string; display?: string; type?: string; $ref: string }[],
): Attributes {
  return {
    schemas: schemasOf(groupUrn, group.attributes),
    id: meta.id,
    ...(group.externalId === null ? {} : { externalId: group.externalId }),
    displayName: group.displayName,
    ...group.attributes,
    ...(members === undefined ? {} : { members }),
    meta: describeMeta("Group", meta),
  };
}

/** Extension URIs are listed exactly when the extension has values (RFC 7643 §3.3); only URNs hold a colon. */
function schemasOf(urn: string, attributes: Attributes): string[] {
  return [urn, ...Object.keys(attributes).filter((name) => name.includes(":"))];
}

function describeMeta(resourceType: string, meta: Meta): Attributes {
  return {
    resourceType,
    created: meta.created.toISOString(),
    lastModified: meta.lastModified.toISOString(),
    location: meta.location,
    version: formatVersion(meta.version),
  };
}
