import type { AppState, GroupRecord, UserRecord } from "./app-state.ts";
import { GROUP_SCHEMA } from "./app-state.ts";
import { parseEqFilter } from "./eq-filter.ts";
import { isJsonObject, type JsonObject } from "./json-object.ts";
import { attributeWrites, type PatchOperation, parsePatchPath } from "./patch-operations.ts";
import { badRequest } from "./scim-failure.ts";

/**
 * What `remove` of `members` with a value list does. By the letter of RFC 7644 §3.5.2.2 the list is ignored and `all`
 * go; many servers remove the `listed` ones, as JumpCloud and Entra expect; a strict app will `refuse` it.
 */
export type RemoveByValue = "all" | "listed" | "refuse";

export type GroupRules = { removeByValue: RemoveByValue; maxMembersPerRequest: number };

export type GroupAttributes = GroupRecord["attributes"];

/** One step of a group change; the user exists. */
export type MemberChange = { kind: "add"; user: UserRecord } | { kind: "remove"; userId: string } | { kind: "clear" };

export type GroupChange = { attributes: GroupAttributes; members: MemberChange[] };

const GROUP_KEYS: ReadonlySet<string> = new Set(["schemas", "id", "meta", "displayName", "externalId", "members"]);
const MEMBER_KEYS: ReadonlySet<string> = new Set(["value", "display", "type", "$ref"]);

/**
 * Reads the body of a POST or PUT of a group; the answer replaces whatever the group was (RFC 7644 §3.5.1).
 *
 * @throws {ScimFailure} 400, naming what is wrong; unknown members are refused, not dropped
 */
export function parseGroup(state: AppState, body: unknown, rules: GroupRules): GroupChange {
  if (!isJsonObject(body)) throw badRequest("invalidSyntax", "the body must be a JSON object");
  const { schemas, displayName, externalId, members } = body;
  if (!Array.isArray(schemas) || schemas.length !== 1 || schemas[0] !== GROUP_SCHEMA) {
    throw badRequest("invalidSyntax", `schemas must be ["${GROUP_SCHEMA}"]`);
  }
  const unknownKey = Object.keys(body).find((key) => !GROUP_KEYS.has(key));
  if (unknownKey !== undefined) throw badRequest("invalidSyntax", `unknown attribute ${unknownKey}`);
  const attributes = withText(withText({ displayName: "" }, "displayName", displayName), "externalId", externalId);
  const added = members === undefined || members === null ? [] : parseMembers(state, members, rules);
  return { attributes, members: [{ kind: "clear" }, ...added] };
}

/**
 * Plans a PATCH of a group without touching it, so that a refused operation leaves no trace (RFC 7644 §3.5.2).
 *
 * @throws {ScimFailure} 400 with the scimType of the first thing wrong
 */
export function planGroupPatch(
  state: AppState,
  group: GroupRecord,
  operations: readonly PatchOperation[],
  rules: GroupRules,
): GroupChange {
  const change: GroupChange = { attributes: { ...group.attributes }, members: [] };
  for (const operation of operations) {
    for (const write of attributeWrites(operation)) planWrite(state, change, operation, write, rules);
  }
  const moved = change.members.filter((step) => step.kind !== "clear").length;
  if (moved > rules.maxMembersPerRequest) throw tooManyMembers(rules);
  return change;
}

/** Carries out a planned change; cannot fail half-way, because a taken name is found before members move. */
export function applyGroupChange(state: AppState, group: GroupRecord, change: GroupChange, nowMs: number): void {
  state.updateGroup(group, change.attributes, nowMs);
  for (const step of change.members) {
    if (step.kind === "add") state.addMember(group, step.user);
    else if (step.kind === "remove") state.removeMember(group, step.userId);
    else for (const userId of [...group.members.keys()]) state.removeMember(group, userId);
  }
}

function planWrite(
  state: AppState,
  change: GroupChange,
  operation: PatchOperation,
  write: { path: string; value: unknown },
  rules: GroupRules,
): void {
  const path = parsePatchPath(write.path);
  if (path.schema !== undefined && path.schema !== GROUP_SCHEMA) {
    throw badRequest("invalidPath", `unknown schema ${path.schema}`);
  }
  if (path.attribute === "members" && path.sub === undefined) {
    change.members.push(...planMembers(state, operation, path.filter, write.value, rules));
    return;
  }
  if (path.filter !== undefined || path.sub !== undefined) throw badRequest("invalidPath", `no target ${write.path}`);
  if (path.attribute !== "displayName" && path.attribute !== "externalId") {
    if (GROUP_KEYS.has(path.attribute)) throw badRequest("mutability", `${path.attribute} is read-only`);
    throw badRequest("invalidPath", `unknown attribute ${write.path}`);
  }
  change.attributes = withText(change.attributes, path.attribute, operation.op === "remove" ? null : write.value);
}

function planMembers(
  state: AppState,
  operation: PatchOperation,
  filter: string | undefined,
  value: unknown,
  rules: GroupRules,
): MemberChange[] {
  if (filter !== undefined) {
    const [term, ...more] = parseEqFilter(filter);
    if (operation.op !== "remove" || more.length > 0 || term?.attribute !== "value" || typeof term.value !== "string") {
      throw badRequest("invalidPath", 'members are selected for remove only, with members[value eq "..."]');
    }
    return [{ kind: "remove", userId: term.value }];
  }
  if (operation.op === "add") return parseMembers(state, value, rules);
  if (operation.op === "replace") return [{ kind: "clear" }, ...parseMembers(state, value, rules)];
  if (!operation.hasValue) return [{ kind: "clear" }];
  switch (rules.removeByValue) {
    case "refuse":
      throw badRequest("invalidValue", "remove of members takes a filter in its path, no value list");
    case "all":
      return [{ kind: "clear" }];
    case "listed":
      return memberValues(value, rules).map((userId) => ({ kind: "remove", userId }));
  }
}

function parseMembers(state: AppState, value: unknown, rules: GroupRules): MemberChange[] {
  return memberValues(value, rules).map((userId) => {
    const user = state.usersById.get(userId);
    if (user === undefined) throw badRequest("invalidValue", `members: there is no user ${JSON.stringify(userId)}`);
    return { kind: "add", user };
  });
}

function memberValues(value: unknown, rules: GroupRules): string[] {
  if (!Array.isArray(value)) throw badRequest("invalidValue", "members must be a list of objects");
  if (value.length > rules.maxMembersPerRequest) throw tooManyMembers(rules);
  return value.map((member) => {
    if (!isJsonObject(member) || typeof member["value"] !== "string") {
      throw badRequest("invalidValue", "every member must be an object with a value that is a string");
    }
    checkMemberKeys(member);
    return member["value"];
  });
}

function checkMemberKeys(member: JsonObject): void {
  const unknownKey = Object.keys(member).find((key) => !MEMBER_KEYS.has(key));
  if (unknownKey !== undefined) throw badRequest("invalidSyntax", `unknown attribute members.${unknownKey}`);
  if (member["type"] !== undefined && member["type"] !== "User") {
    throw badRequest("invalidValue", "this app takes users as members only");
  }
}

function tooManyMembers(rules: GroupRules): Error {
  return badRequest("tooMany", `at most ${rules.maxMembersPerRequest} members in one request`);
}

function withText(attributes: GroupAttributes, name: keyof GroupAttributes, value: unknown): GroupAttributes {
  if (name === "externalId" && (value === null || value === undefined)) {
    return { displayName: attributes.displayName };
  }
  if (typeof value !== "string" || (name === "displayName" && value.trim() === "")) {
    throw badRequest("invalidValue", `${name} must be a string${name === "displayName" ? " that is not blank" : ""}`);
  }
  return { ...attributes, [name]: value };
}
