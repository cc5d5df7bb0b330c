import { type BodyHints, type ClientSighting, member } from "./client-sighting.ts";

export const knownClients = [
  "okta",
  "entra",
  "jumpcloud",
  "onelogin",
  "google",
  "ping",
  "rippling",
  "cyberark",
  "sailpoint",
  "keycloak",
  "authentik",
  "midpoint",
  "scim2-client",
] as const;
export type KnownClient = (typeof knownClients)[number];

/** One thing that gives a client away. `source` is the id that the fact has in the project's notes on clients. */
export type ClientFact = {
  client: KnownClient;
  source: string;
  says: string;
  matches(seen: ClientSighting, hints: BodyHints): boolean;
};

/** Products that name themselves in their User-Agent; the first row is documented, the others are simply believed. */
export const userAgents: readonly { client: KnownClient; source: string; begins: RegExp }[] = [
  { client: "okta", source: "OK1", begins: /^okta scim client\b/i },
  { client: "okta", source: "its own word", begins: /^okta\b/i },
  { client: "jumpcloud", source: "its own word", begins: /^jumpcloud\b/i },
  { client: "onelogin", source: "its own word", begins: /^onelogin\b/i },
  { client: "google", source: "its own word", begins: /^google[- ]/i },
  { client: "ping", source: "its own word", begins: /^ping(?:one|federate|identity)\b/i },
  { client: "rippling", source: "its own word", begins: /^rippling\b/i },
  { client: "cyberark", source: "its own word", begins: /^(?:cyberark|idaptive)\b/i },
  { client: "sailpoint", source: "its own word", begins: /^sailpoint\b/i },
  { client: "keycloak", source: "its own word", begins: /^(?:keycloak|scim-for-keycloak)\b/i },
  { client: "authentik", source: "its own word", begins: /^(?:goauthentik|authentik)\b/i },
  { client: "midpoint", source: "its own word", begins: /^midpoint\b/i },
  { client: "scim2-client", source: "its own word", begins: /^scim2-client\b/i },
];

const ADSCIM_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";
const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const PASCAL_VERB = /^(?:Add|Replace|Remove)$/;
const GUID_FILTER = /^filter=\w+(?:\+|%20)eq(?:\+|%20)%22[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}%22$/i;

const is = (seen: ClientSighting, method: string, path: string): boolean =>
  seen.method === method && seen.path === path;
const has = (object: object | undefined, name: string): boolean => object !== undefined && Object.hasOwn(object, name);

/** What gives clients away that do not name themselves: the surest first, the first that fits decides. */
export const clientFacts: readonly ClientFact[] = [
  {
    client: "entra",
    source: "E1",
    says: "the schema URI of ADSCIM groups",
    matches: (_seen, hints) => hints.schemas.includes(ADSCIM_GROUP),
  },
  {
    client: "google",
    source: "GW1",
    says: "the schema URI of SCIM 1.0",
    matches: (_seen, hints) => hints.schemas.includes("urn:scim:schemas:core:1.0"),
  },
  {
    client: "onelogin",
    source: "OL2",
    says: "the schema URI of a draft",
    matches: (_seen, hints) => hints.schemas.includes("urn:scim:schemas:core:2.0"),
  },
  {
    client: "entra",
    source: "E1",
    says: "verbs with a capital letter",
    matches: (_seen, hints) => hints.verbs.some((verb) => PASCAL_VERB.test(verb)),
  },
  {
    client: "entra",
    source: "E2",
    says: "active as the word True or False",
    matches: (_seen, hints) => hints.activeText === "True" || hints.activeText === "False",
  },
  {
    client: "onelogin",
    source: "OL2",
    says: "an empty query, or a filter with an ampersand behind it",
    matches: ({ query }) => query === "" || (query?.startsWith("filter=") === true && query.endsWith("&")),
  },
  {
    client: "keycloak",
    source: "KC",
    says: "members whose $ref has no base",
    matches: (_seen, hints) => hints.memberRef !== undefined && /^(?:Users|Groups)\//.test(hints.memberRef),
  },
  {
    client: "authentik",
    source: "AK",
    says: "a replace without a path that holds the whole group, its schemas included",
    matches: (_seen, hints) => has(hints.bare, "schemas") && has(hints.bare, "displayName"),
  },
  {
    client: "okta",
    source: "OK1",
    says: "a replace without a path of id and displayName",
    matches: (_seen, hints) => has(hints.bare, "id") && has(hints.bare, "displayName"),
  },
  {
    client: "okta",
    source: "OK1",
    says: "a create with a password and no groups",
    matches: (_seen, hints) => has(hints.resource, "password") && isEmptyList(member(hints.resource, "groups")),
  },
  {
    client: "jumpcloud",
    source: "JC2",
    says: "emails sent as null, or an externalId of 24 hex digits",
    matches: (_seen, { resource }) => member(resource, "emails") === null || isObjectId(member(resource, "externalId")),
  },
  {
    client: "jumpcloud",
    source: "JC2",
    says: "the enterprise URI without its object, beside a phone as tel:",
    matches: (_seen, hints) =>
      hints.schemas.includes(ENTERPRISE) && !has(hints.resource, ENTERPRISE) && hasTelephoneUri(hints.resource),
  },
  {
    client: "onelogin",
    source: "OL4",
    says: "a create with id null",
    matches: (seen, { resource }) => seen.method === "POST" && member(resource, "id") === null,
  },
  {
    client: "keycloak",
    source: "KC",
    says: "active as the word true or false in a PATCH",
    matches: (seen, hints) => seen.method === "PATCH" && (hints.activeText === "true" || hints.activeText === "false"),
  },
  {
    client: "entra",
    source: "E1",
    says: "a look-up by a random uuid, or of a group without its members",
    matches: ({ method, query = "" }) =>
      method === "GET" &&
      (GUID_FILTER.test(query) ||
        query.startsWith("excludedAttributes=members&filter=") ||
        (query.startsWith("filter=displayName") && query.endsWith("&excludedAttributes=members"))),
  },
  {
    client: "okta",
    source: "OK2",
    says: "its test of a connection, or a look-up in pages of 100 from 1",
    matches: (seen) =>
      (is(seen, "GET", "/Users") && seen.query === "startIndex=1&count=2") ||
      (seen.method === "GET" && seen.query?.endsWith("&startIndex=1&count=100") === true),
  },
  {
    client: "jumpcloud",
    source: "JKS",
    says: "look-ups with count before startIndex",
    matches: (seen) => seen.method === "GET" && /(?:^|&)count=1&startIndex=1(?:&|$)/.test(seen.query ?? ""),
  },
  {
    client: "ping",
    source: "PG1",
    says: "a look-up by emails",
    matches: (seen) => is(seen, "GET", "/Users") && /^filter=emails(?:\+|%20)eq(?:\+|%20)/.test(seen.query ?? ""),
  },
  {
    client: "midpoint",
    source: "MP",
    says: "pages of 25",
    matches: (seen) => seen.method === "GET" && /(?:^|&)count=25(?:&|$)/.test(seen.query ?? ""),
  },
];

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

const isObjectId = (value: unknown): boolean =>
  typeof value === "string" && value.length === 24 && /^[0-9a-f]+$/.test(value);

function hasTelephoneUri(resource: object | undefined): boolean {
  const phones = member(resource, "phoneNumbers");
  const number: unknown = Array.isArray(phones) ? member(phones[0], "value") : undefined;
  return typeof number === "string" && number.startsWith("tel:");
}
