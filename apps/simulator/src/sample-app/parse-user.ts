import { isJsonObject, type JsonObject } from "./json-object.ts";
import { badRequest } from "./scim-failure.ts";

export const USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User";
export const ENTERPRISE_SCHEMA = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/** What a user is apart from `id` and `meta`: checked attributes, unassigned ones left out. */
export type UserAttributes = JsonObject & {
  schemas: string[];
  userName: string;
  externalId?: string;
  active: boolean;
};

/** What the app takes beyond the core schema, and which role keys it knows; both unlimited when not given. */
export type UserRules = {
  extraSchemas?: readonly string[];
  roleKeys?: readonly string[];
};

type Shape =
  | { type: "string" | "boolean" }
  | { type: "complex"; sub: ReadonlyMap<string, Shape> }
  | { type: "list"; sub: ReadonlyMap<string, Shape> };

const text: Shape = { type: "string" };
const flag: Shape = { type: "boolean" };

function shapes(names: readonly string[], more: readonly [string, Shape][] = []): ReadonlyMap<string, Shape> {
  return new Map([...names.map((name): [string, Shape] => [name, text]), ...more]);
}

function valueList(...names: string[]): Shape {
  return { type: "list", sub: shapes(["value", "display", "type", "$ref", ...names], [["primary", flag]]) };
}

const NAME_PARTS = ["formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"];
const ADDRESS_PARTS = ["formatted", "streetAddress", "locality", "region", "postalCode", "country"];
const TEXTS = ["externalId", "userName", "displayName", "nickName", "profileUrl", "title", "userType"];
const MORE_TEXTS = ["preferredLanguage", "locale", "timezone", "password"];

/** The attributes of RFC 7643 §4.1, by their exact names. */
const CORE: ReadonlyMap<string, Shape> = shapes(
  [...TEXTS, ...MORE_TEXTS],
  [
    ["active", flag],
    ["name", { type: "complex", sub: shapes(NAME_PARTS) }],
    ["emails", valueList()],
    ["phoneNumbers", valueList()],
    ["ims", valueList()],
    ["photos", valueList()],
    ["entitlements", valueList()],
    ["roles", valueList()],
    ["x509Certificates", valueList()],
    ["addresses", valueList(...ADDRESS_PARTS)],
  ],
);

/** The attributes of RFC 7643 §4.3. */
const ENTERPRISE: ReadonlyMap<string, Shape> = shapes(
  ["employeeNumber", "costCenter", "organization", "division", "department"],
  [["manager", { type: "complex", sub: shapes(["value", "$ref", "displayName"]) }]],
);

const READ_ONLY: ReadonlySet<string> = new Set(["id", "meta", "groups"]);

/** Tells whether a client may not write an attribute: ignored in POST and PUT, refused in PATCH (RFC 7644 §3.5). */
export function isReadOnlyUserAttribute(name: string): boolean {
  return READ_ONLY.has(name);
}

/** Tells whether an attribute of the core user schema holds several values. */
export function isMultiValuedUserAttribute(name: string): boolean {
  return CORE.get(name)?.type === "list";
}

/**
 * Reads the body of a POST or PUT of a user, strictly: real booleans, exact names, known schemas (RFC 7643 §4.1).
 * `null` and `[]` count as unassigned (RFC 7643 §2.5); a missing `active` means true, as it does for a new account.
 *
 * @throws {ScimFailure} 400 `invalidSyntax` or `invalidValue`, naming the attribute
 */
export function parseUser(body: unknown, rules: UserRules): UserAttributes {
  if (!isJsonObject(body)) throw badRequest("invalidSyntax", "the body must be a JSON object");
  const schemas = parseSchemas(body["schemas"], rules);
  const attributes: UserAttributes = { schemas, userName: parseUserName(body["userName"]), active: true };
  for (const [name, value] of Object.entries(body)) {
    if (name === "schemas" || name === "userName" || READ_ONLY.has(name)) continue;
    const parsed = parseAttribute(name, value, schemas, rules);
    // A password is write-only (RFC 7643 §4.1.1): checked, never kept.
    if (parsed !== undefined && name !== "password") attributes[name] = parsed;
  }
  // RFC 7643 §3.3: an extension is listed when it has values; JumpCloud lists it without.
  attributes.schemas = schemas.filter((schema) => schema === USER_SCHEMA || attributes[schema] !== undefined);
  checkRoles(attributes["roles"], rules);
  return attributes;
}

function parseSchemas(value: unknown, rules: UserRules): string[] {
  if (!Array.isArray(value) || value.length === 0) throw badRequest("invalidSyntax", "schemas must be a list of URIs");
  const known = [USER_SCHEMA, ENTERPRISE_SCHEMA, ...(rules.extraSchemas ?? [])];
  const schemas: string[] = [];
  for (const schema of value) {
    const found = known.find((candidate) => candidate === schema);
    if (found === undefined) throw badRequest("invalidSyntax", `unknown schema ${JSON.stringify(schema)}`);
    if (!schemas.includes(found)) schemas.push(found);
  }
  if (!schemas.includes(USER_SCHEMA)) throw badRequest("invalidSyntax", `schemas must contain ${USER_SCHEMA}`);
  return schemas;
}

function parseUserName(value: unknown): string {
  if (typeof value !== "string" || value.trim() === "") {
    throw badRequest("invalidValue", "userName is required and must be a string that is not blank");
  }
  return value;
}

function parseAttribute(name: string, value: unknown, schemas: readonly string[], rules: UserRules): unknown {
  const extra = rules.extraSchemas?.includes(name) ?? false;
  if (name !== ENTERPRISE_SCHEMA && !extra) return parseValue(CORE.get(name), name, value);
  if (value === null) return undefined;
  if (!schemas.includes(name)) throw badRequest("invalidSyntax", `${name} is used but not listed in schemas`);
  if (!extra) return parseValue({ type: "complex", sub: ENTERPRISE }, name, value);
  if (!isJsonObject(value)) throw badRequest("invalidValue", `${name} must be an object`);
  return value;
}

function parseValue(shape: Shape | undefined, path: string, value: unknown): unknown {
  if (shape === undefined) throw badRequest("invalidSyntax", `unknown attribute ${path}`);
  if (value === null) return undefined;
  switch (shape.type) {
    case "string":
    case "boolean":
      if (typeof value !== shape.type) throw badRequest("invalidValue", `${path} must be a ${shape.type}`);
      return value;
    case "complex":
      return parseComplex(shape.sub, path, value);
    case "list":
      return parseList(shape.sub, path, value);
  }
}

function parseComplex(sub: ReadonlyMap<string, Shape>, path: string, value: unknown): JsonObject | undefined {
  if (!isJsonObject(value)) throw badRequest("invalidValue", `${path} must be an object`);
  const parsed: JsonObject = {};
  for (const [name, item] of Object.entries(value)) {
    const parsedItem = parseValue(sub.get(name), `${path}.${name}`, item);
    if (parsedItem !== undefined) parsed[name] = parsedItem;
  }
  return Object.keys(parsed).length === 0 ? undefined : parsed;
}

function parseList(sub: ReadonlyMap<string, Shape>, path: string, value: unknown): JsonObject[] | undefined {
  if (!Array.isArray(value)) throw badRequest("invalidValue", `${path} must be a list`);
  const items: JsonObject[] = [];
  const seen = new Set<string>();
  for (const entry of value) {
    const item = parseComplex(sub, path, entry);
    if (item === undefined) continue;
    if (path !== "addresses" && item["value"] === undefined) {
      throw badRequest("invalidValue", `every element of ${path} needs a value`);
    }
    const identity = JSON.stringify([item["type"], item["value"] ?? item]);
    if (seen.has(identity)) throw badRequest("invalidValue", `${path} names the same value twice`);
    seen.add(identity);
    items.push(item);
  }
  if (items.filter((item) => item["primary"] === true).length > 1) {
    throw badRequest("invalidValue", `${path} has more than one primary element`);
  }
  return items.length === 0 ? undefined : items;
}

function checkRoles(roles: unknown, rules: UserRules): void {
  if (rules.roleKeys === undefined) return;
  for (const role of roleValues(roles)) {
    if (!rules.roleKeys.includes(role))
      throw badRequest("invalidValue", `this app has no role ${JSON.stringify(role)}`);
  }
}

/** Lists the role keys in a parsed `roles` attribute. */
export function roleValues(roles: unknown): string[] {
  if (!Array.isArray(roles)) return [];
  return roles.flatMap((role) => (isJsonObject(role) && typeof role["value"] === "string" ? [role["value"]] : []));
}
