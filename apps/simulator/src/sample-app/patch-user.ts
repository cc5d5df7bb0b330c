import { parseEqFilter } from "./eq-filter.ts";
import { cloneJson, isJsonObject, type JsonObject, sameJson } from "./json-object.ts";
import {
  ENTERPRISE_SCHEMA,
  isMultiValuedUserAttribute,
  isReadOnlyUserAttribute,
  parseUser,
  USER_SCHEMA,
  type UserAttributes,
  type UserRules,
} from "./parse-user.ts";
import { attributeWrites, type PatchOperation, parsePatchPath } from "./patch-operations.ts";
import { badRequest } from "./scim-failure.ts";

/**
 * Answers what a user looks like after a PATCH, all operations or none (RFC 7644 §3.5.2). The argument stays as it is.
 *
 * @throws {ScimFailure} 400 with the scimType of the first thing wrong
 */
export function patchUser(
  user: UserAttributes,
  operations: readonly PatchOperation[],
  rules: UserRules,
): UserAttributes {
  const draft = cloneJson(user);
  for (const operation of operations) {
    for (const write of attributeWrites(operation)) applyWrite(draft, operation, write, rules);
  }
  draft["schemas"] = [USER_SCHEMA, ...extensions(rules).filter((schema) => draft[schema] !== undefined)];
  return parseUser(draft, rules);
}

function extensions(rules: UserRules): string[] {
  return [ENTERPRISE_SCHEMA, ...(rules.extraSchemas ?? [])];
}

type Write = { path: string; value: unknown };

function applyWrite(draft: JsonObject, operation: PatchOperation, write: Write, rules: UserRules): void {
  const { op } = operation;
  if (extensions(rules).includes(write.path)) {
    writeSingle(draft, write.path, op, write.value);
    return;
  }
  const path = parsePatchPath(write.path);
  if (operation.path === undefined && (path.sub !== undefined || path.filter !== undefined)) {
    throw badRequest("invalidPath", `${write.path} is a path, not the name of an attribute`);
  }
  if (path.attribute === "schemas" || isReadOnlyUserAttribute(path.attribute)) {
    throw badRequest("mutability", `${path.attribute} is read-only`);
  }
  const parent = parentOf(draft, path.schema, op, rules);
  if (parent === undefined) return;
  if (path.filter !== undefined) {
    writeMatching(parent, { attribute: path.attribute, filter: path.filter, sub: path.sub }, op, write.value);
  } else if (path.sub !== undefined) {
    writeSub(parent, path.attribute, path.sub, op, write.value);
  } else if (path.schema === undefined && isMultiValuedUserAttribute(path.attribute)) {
    writeList(parent, path.attribute, op, write.value);
  } else {
    writeSingle(parent, path.attribute, op, write.value);
  }
}

function parentOf(
  draft: JsonObject,
  schema: string | undefined,
  op: PatchOperation["op"],
  rules: UserRules,
): JsonObject | undefined {
  if (schema === undefined || schema === USER_SCHEMA) return draft;
  if (!extensions(rules).includes(schema)) throw badRequest("invalidPath", `unknown schema ${schema}`);
  const present = draft[schema];
  if (isJsonObject(present)) return present;
  if (op === "remove") return undefined;
  const made: JsonObject = {};
  draft[schema] = made;
  return made;
}

function writeSingle(parent: JsonObject, name: string, op: PatchOperation["op"], value: unknown): void {
  const present = parent[name];
  if (op === "remove" || value === null) delete parent[name];
  // add and replace of a complex attribute leave the sub-attributes that are not named (RFC 7644 §3.5.2.3).
  else if (isJsonObject(present) && isJsonObject(value)) parent[name] = { ...present, ...value };
  else parent[name] = value;
}

function writeSub(parent: JsonObject, name: string, sub: string, op: PatchOperation["op"], value: unknown): void {
  if (isMultiValuedUserAttribute(name)) throw badRequest("invalidPath", `${name} is a list; select an element`);
  const present = parent[name];
  if (op === "remove" && !isJsonObject(present)) return;
  const complex = isJsonObject(present) ? present : {};
  writeSingle(complex, sub, op, value);
  parent[name] = complex;
}

function writeList(parent: JsonObject, name: string, op: PatchOperation["op"], value: unknown): void {
  if (op === "remove") {
    if (value !== undefined) throw badRequest("invalidValue", `remove of ${name} takes a filter in its path, no value`);
    delete parent[name];
    return;
  }
  const present: unknown = parent[name];
  if (op === "replace" || !isList(present)) {
    parent[name] = op === "add" && isJsonObject(value) ? [value] : value;
    return;
  }
  const items = [...present];
  for (const added of Array.isArray(value) ? value : [value]) {
    if (items.some((item) => sameJson(item, added))) continue;
    if (isJsonObject(added) && added["primary"] === true) clearPrimary(items);
    items.push(added);
  }
  parent[name] = items;
}

type Selection = { attribute: string; filter: string; sub: string | undefined };

function writeMatching(parent: JsonObject, selection: Selection, op: PatchOperation["op"], value: unknown): void {
  if (!isMultiValuedUserAttribute(selection.attribute)) {
    throw badRequest("invalidPath", `${selection.attribute} is not a list`);
  }
  const present = parent[selection.attribute];
  const items = isList(present) ? present : [];
  const terms = parseEqFilter(selection.filter);
  const matches = (item: unknown): item is JsonObject =>
    isJsonObject(item) && terms.every((term) => isSelected(item, term.attribute, term.value));
  const selected = items.filter(matches);
  if (op === "remove") {
    if (selection.sub === undefined) parent[selection.attribute] = items.filter((item) => !matches(item));
    else for (const item of selected) delete item[selection.sub];
    return;
  }
  if (selected.length === 0) throw badRequest("noTarget", `no element of ${selection.attribute} matches`);
  for (const item of selected) {
    const change = selection.sub === undefined ? value : { [selection.sub]: value };
    if (!isJsonObject(change)) throw badRequest("invalidValue", "the value must be an object");
    if (change["primary"] === true) clearPrimary(items);
    Object.assign(item, change);
  }
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

function isSelected(item: JsonObject, attribute: string, value: string | boolean): boolean {
  const name = Object.keys(item).find((key) => key.toLowerCase() === attribute);
  // RFC 7643 §2.4: primary is false for an element that does not say.
  const present = name === undefined ? (attribute === "primary" ? false : undefined) : item[name];
  return present === value;
}

function clearPrimary(items: readonly unknown[]): void {
  for (const item of items) if (isJsonObject(item) && item["primary"] === true) item["primary"] = false;
}
