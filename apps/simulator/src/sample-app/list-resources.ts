import type { AppState, GroupRecord, UserRecord } from "./app-state.ts";
import { type EqTerm, parseEqFilter } from "./eq-filter.ts";
import { isJsonObject, type JsonObject } from "./json-object.ts";
import type { RecordIndex } from "./record-index.ts";
import { badRequest } from "./scim-failure.ts";

type ListRequest = { query: string; nowMs: number };
type ListRules = { maxResults: number };

/**
 * Answers a list of users; found by index whenever the filter names id, userName or externalId.
 *
 * @throws {ScimFailure} 400 `invalidFilter` or `invalidValue`
 */
export function listUsers(
  state: AppState,
  request: ListRequest,
  rules: ListRules,
  render: (user: UserRecord) => JsonObject,
): JsonObject {
  const terms = termsOf(request.query, USER_TERMS);
  const candidates = narrow(state.usersById, terms, {
    username: { index: state.usersByUserName, fold: true },
    externalid: { index: state.usersByExternalId, fold: false },
  });
  return page(candidates, (user) => terms.every((term) => userMatches(user, term)), request, rules, render);
}

/**
 * Answers a list of groups; found by index whenever the filter names id, displayName or externalId.
 *
 * @throws {ScimFailure} 400 `invalidFilter` or `invalidValue`
 */
export function listGroups(
  state: AppState,
  request: ListRequest,
  rules: ListRules,
  render: (group: GroupRecord) => JsonObject,
): JsonObject {
  const terms = termsOf(request.query, GROUP_TERMS);
  const candidates = narrow(state.groupsById, terms, {
    displayname: { index: state.groupsByDisplayName, fold: true },
    externalid: { index: state.groupsByExternalId, fold: false },
  });
  return page(candidates, (group) => terms.every((term) => groupMatches(group, term)), request, rules, render);
}

const USER_TERMS: ReadonlyMap<string, string> = new Map([
  ["id", "string"],
  ["username", "string"],
  ["externalid", "string"],
  ["active", "boolean"],
  ["emails.value", "string"],
]);
const GROUP_TERMS: ReadonlyMap<string, string> = new Map([
  ["id", "string"],
  ["displayname", "string"],
  ["externalid", "string"],
]);

function termsOf(query: string, known: ReadonlyMap<string, string>): EqTerm[] {
  const filters = new URLSearchParams(query).getAll("filter");
  if (filters.length > 1) throw badRequest("invalidFilter", "more than one filter");
  const terms = filters[0] === undefined ? [] : parseEqFilter(filters[0]);
  for (const { attribute, value } of terms) {
    const type = known.get(attribute);
    if (type === undefined) throw badRequest("invalidFilter", `this app does not filter by ${attribute} here`);
    if (typeof value !== type) throw badRequest("invalidFilter", `${attribute} is compared with a ${type}`);
  }
  return terms;
}

type Lookup<T> = { index: RecordIndex<T>; fold: boolean };

function narrow<T>(
  byId: ReadonlyMap<string, T>,
  terms: readonly EqTerm[],
  lookups: Record<string, Lookup<T>>,
): Iterable<T> {
  for (const { attribute, value } of terms) {
    if (typeof value !== "string") continue;
    if (attribute === "id") {
      const record = byId.get(value);
      return record === undefined ? [] : [record];
    }
    const lookup = lookups[attribute];
    if (lookup !== undefined) return lookup.index.find(lookup.fold ? value.toLowerCase() : value);
  }
  return byId.values();
}

// userName and displayName are compared without case, id and externalId with it (RFC 7643 §3.1, §4.1).
function userMatches(user: UserRecord, { attribute, value }: EqTerm): boolean {
  const { userName, externalId, active } = user.attributes;
  if (attribute === "id") return user.id === value;
  if (attribute === "emails.value") return addressesOf(user).includes(String(value).toLowerCase());
  if (attribute === "username") return userName.toLowerCase() === String(value).toLowerCase();
  return attribute === "active" ? active === value : externalId === value;
}

function addressesOf(user: UserRecord): string[] {
  const emails: unknown = user.attributes["emails"];
  if (!Array.isArray(emails)) return [];
  return emails.flatMap((email: unknown) =>
    isJsonObject(email) && typeof email["value"] === "string" ? [email["value"].toLowerCase()] : [],
  );
}

function groupMatches(group: GroupRecord, { attribute, value }: EqTerm): boolean {
  if (attribute === "id") return group.id === value;
  if (attribute === "externalid") return group.attributes.externalId === value;
  return group.attributes.displayName.toLowerCase() === String(value).toLowerCase();
}

/** Cuts a page (RFC 7644 §3.4.2.4): startIndex below 1 is 1, count below 0 is 0, objects not yet visible are skipped. */
function page<T extends { visibleAtMs: number }>(
  candidates: Iterable<T>,
  matches: (record: T) => boolean,
  request: ListRequest,
  rules: ListRules,
  render: (record: T) => JsonObject,
): JsonObject {
  const query = new URLSearchParams(request.query);
  const startIndex = Math.max(1, integerOf(query, "startIndex") ?? 1);
  const count = Math.min(rules.maxResults, Math.max(0, integerOf(query, "count") ?? rules.maxResults));
  const resources: JsonObject[] = [];
  let totalResults = 0;
  for (const record of candidates) {
    if (record.visibleAtMs > request.nowMs || !matches(record)) continue;
    totalResults += 1;
    if (totalResults >= startIndex && resources.length < count) resources.push(render(record));
  }
  return {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    totalResults,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  };
}

function integerOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^-?\d{1,9}$/.test(text)) throw badRequest("invalidValue", `${name} must be a whole number`);
  return Number(text);
}
