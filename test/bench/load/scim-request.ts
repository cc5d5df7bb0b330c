/** Where a directory is pushed to. */
export type ScimTarget = { host: string; path: string; bearerToken: string };

const MEDIA_TYPE = "application/scim+json";

/** Reads the place and credential of a directory from what onboarding answered. */
export function toScimTarget(endpoint: { endpointUrl: string; bearerToken: string }): ScimTarget {
  const url = new URL(endpoint.endpointUrl);
  return { host: url.host, path: url.pathname.replace(/\/$/, ""), bearerToken: endpoint.bearerToken };
}

/** Writes out one SCIM request as HTTP/1.1; bodies are ASCII. */
export function scimRequest(
  target: ScimTarget,
  method: "GET" | "POST" | "PATCH" | "DELETE",
  path: string,
  body?: string,
): string {
  const head =
    `${method} ${target.path}${path} HTTP/1.1\r\nhost: ${target.host}\r\n` +
    `authorization: Bearer ${target.bearerToken}\r\naccept: ${MEDIA_TYPE}\r\n`;
  if (body === undefined) return `${head}\r\n`;
  return `${head}content-type: ${MEDIA_TYPE}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** The look-up that every identity provider makes before it creates somebody. */
export function filterPath(userName: string): string {
  return `/Users?filter=userName%20eq%20%22${userName}%22`;
}

/** The person's userName, which every other attribute is made of. */
export const userNameOf = (key: string): string => `${key}@people.example.com`;

/**
 * A person as the large identity providers send them: about 900 bytes, with the enterprise extension. Written as text,
 * because a loader that builds and serialises objects takes time from the server.
 */
export function userBody(key: string): string {
  return (
    '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],' +
    `"externalId":"idp-${key}","userName":"${userNameOf(key)}","active":true,"displayName":"Robin ${key}",` +
    `"name":{"formatted":"Robin ${key}","givenName":"Robin","familyName":"${key}"},` +
    `"emails":[{"value":"${userNameOf(key)}","type":"work","primary":true}],` +
    '"phoneNumbers":[{"value":"+43 1 555 0142","type":"work"}],"title":"Analyst","preferredLanguage":"de-AT",' +
    '"locale":"de-AT","timezone":"Europe/Vienna","addresses":[{"type":"work","streetAddress":"Ringstrasse 12",' +
    '"locality":"Vienna","postalCode":"1010","country":"AT"}],' +
    '"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"4711","department":"Finance",' +
    '"costCenter":"CC-17","organization":"Example Ltd"}}'
  );
}

/** What an identity provider sends for a leaver, or for one who comes back. */
export function activeBody(active: boolean): string {
  return (
    '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],' +
    `"Operations":[{"op":"replace","path":"active","value":${active}}]}`
  );
}

/** What an identity provider sends when people join a group; Entra sends one at a time, a first sync thousands. */
export function addMembersBody(ids: readonly string[]): string {
  return (
    '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],' +
    `"Operations":[{"op":"add","path":"members","value":[${ids.map((id) => `{"value":"${id}"}`).join(",")}]}]}`
  );
}

/** A new group with these members. */
export function groupBody(displayName: string, memberIds: readonly string[] = []): string {
  return (
    `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"${displayName}",` +
    `"members":[${memberIds.map((id) => `{"value":"${id}"}`).join(",")}]}`
  );
}
