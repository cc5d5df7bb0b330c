import {
  type AppState,
  type GroupRecord,
  groupResource,
  type NewRecordDelay,
  type UserRecord,
  userResource,
} from "./app-state.ts";
import { applyGroupChange, type GroupRules, parseGroup, planGroupPatch } from "./group-changes.ts";
import { isJsonObject, type JsonObject } from "./json-object.ts";
import { listGroups, listUsers } from "./list-resources.ts";
import { parseUser, type UserRules } from "./parse-user.ts";
import { parsePatchOperations } from "./patch-operations.ts";
import { patchUser } from "./patch-user.ts";
import { badRequest, ScimFailure } from "./scim-failure.ts";
import { serviceProviderConfig } from "./service-provider-config.ts";

/** A request to the SCIM side of the app, signed in and with its path below the base URL. */
export type ScimRequest = {
  method: string;
  path: string;
  query: string;
  contentType: string | undefined;
  body: string;
  nowMs: number;
  delay: NewRecordDelay;
};

/** The answer and, for the ledger, whom it was about. */
export type ScimReply = {
  status: number;
  body?: JsonObject;
  headers?: Record<string, string>;
  subject?: { remoteId: string; userName?: string; externalId?: string | undefined; active?: boolean };
};

export type EndpointRules = UserRules &
  GroupRules & { baseUrl: string; groups: boolean; userPatchStatus: 200 | 204; maxResults: number };

type Context = { state: AppState; rules: EndpointRules; request: ScimRequest };

/** Answers one SCIM request and applies it; a refusal is an answer too (RFC 7644 §3). Never waits. */
export function answerScim(state: AppState, rules: EndpointRules, request: ScimRequest): ScimReply {
  try {
    return route({ state, rules, request });
  } catch (error) {
    if (error instanceof ScimFailure) return failureReply(error);
    throw error;
  }
}

/** Renders a SCIM error (RFC 7644 §3.12); `status` is a string there. */
export function failureReply(failure: ScimFailure): ScimReply {
  const body: JsonObject = {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
    ...(failure.scimType !== undefined && { scimType: failure.scimType }),
    detail: failure.message,
    status: String(failure.status),
  };
  return { status: failure.status, body };
}

function route(context: Context): ScimReply {
  const [, collection, id, ...rest] = context.request.path.split("/");
  if (rest.length > 0) throw notFound(context.request.path);
  const remoteId = id === undefined ? undefined : decodeId(id);
  if (collection === "Users") return answerUsers(context, remoteId);
  if (collection === "Groups" && context.rules.groups) return answerGroups(context, remoteId);
  if (collection === "ServiceProviderConfig" && remoteId === undefined) {
    if (context.request.method !== "GET") throw methodNotAllowed(context);
    return { status: 200, body: serviceProviderConfig(context.rules) };
  }
  throw notFound(context.request.path);
}

function answerUsers(context: Context, id: string | undefined): ScimReply {
  const { state, rules, request } = context;
  if (id === undefined) {
    if (request.method === "GET") {
      return { status: 200, body: listUsers(state, request, rules, (user) => userResource(user, rules.baseUrl)) };
    }
    if (request.method !== "POST") throw methodNotAllowed(context);
    const user = state.insertUser(parseUser(readBody(request), rules), request.nowMs, request.delay);
    return userReply(context, 201, user);
  }
  const user = state.usersById.get(id);
  if (user === undefined) throw notFound(request.path);
  switch (request.method) {
    case "GET":
      if (user.visibleAtMs > request.nowMs) throw notFound(request.path);
      return userReply(context, 200, user);
    case "PUT": {
      const body = readBody(request);
      if (isJsonObject(body) && body["id"] !== undefined && body["id"] !== id) {
        throw badRequest("mutability", "id is read-only and differs from the one in the path");
      }
      state.updateUser(user, parseUser(body, rules), request.nowMs);
      return userReply(context, 200, user);
    }
    case "PATCH":
      state.updateUser(user, patchUser(user.attributes, parsePatchOperations(readBody(request)), rules), request.nowMs);
      return userReply(context, rules.userPatchStatus, user);
    case "DELETE":
      state.deleteUser(user);
      return { status: 204, subject: { ...subjectOf(user), active: false } };
    default:
      throw methodNotAllowed(context);
  }
}

function answerGroups(context: Context, id: string | undefined): ScimReply {
  const { state, rules, request } = context;
  if (id === undefined) {
    if (request.method === "GET") {
      const withMembers = !excludesMembers(request.query);
      const render = (group: GroupRecord): JsonObject => groupResource(group, rules.baseUrl, withMembers);
      return { status: 200, body: listGroups(state, request, rules, render) };
    }
    if (request.method !== "POST") throw methodNotAllowed(context);
    const change = parseGroup(state, readBody(request), rules);
    const group = state.insertGroup(change.attributes, request.nowMs, request.delay);
    applyGroupChange(state, group, change, request.nowMs);
    return groupReply(context, 201, group);
  }
  const group = state.groupsById.get(id);
  if (group === undefined) throw notFound(request.path);
  switch (request.method) {
    case "GET":
      if (group.visibleAtMs > request.nowMs) throw notFound(request.path);
      return groupReply(context, 200, group);
    case "PUT":
      applyGroupChange(state, group, parseGroup(state, readBody(request), rules), request.nowMs);
      return groupReply(context, 200, group);
    case "PATCH": {
      const operations = parsePatchOperations(readBody(request));
      applyGroupChange(state, group, planGroupPatch(state, group, operations, rules), request.nowMs);
      // 204 is what Entra asks for; a member list in every answer would be slow for large groups.
      return { status: 204, subject: { remoteId: group.id } };
    }
    case "DELETE":
      state.deleteGroup(group);
      return { status: 204, subject: { remoteId: group.id } };
    default:
      throw methodNotAllowed(context);
  }
}

function userReply(context: Context, status: 200 | 201 | 204, user: UserRecord): ScimReply {
  const subject = subjectOf(user);
  if (status === 204) return { status, subject };
  return withLocation({ status, body: userResource(user, context.rules.baseUrl), subject }, "Users", context.rules);
}

function groupReply(context: Context, status: 200 | 201, group: GroupRecord): ScimReply {
  const body = groupResource(group, context.rules.baseUrl, !excludesMembers(context.request.query));
  return withLocation({ status, body, subject: { remoteId: group.id } }, "Groups", context.rules);
}

function withLocation(reply: ScimReply & { subject: { remoteId: string } }, collection: string, rules: EndpointRules) {
  const location = `${rules.baseUrl}/${collection}/${encodeURIComponent(reply.subject.remoteId)}`;
  return { ...reply, headers: { location } };
}

function subjectOf(user: UserRecord): NonNullable<ScimReply["subject"]> {
  const { userName, externalId, active } = user.attributes;
  return { remoteId: user.id, userName, externalId, active };
}

function readBody(request: ScimRequest): unknown {
  const mediaType = request.contentType?.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType !== "application/scim+json" && mediaType !== "application/json") {
    throw new ScimFailure(
      415,
      undefined,
      `this app reads application/scim+json, not ${mediaType ?? "an unnamed type"}`,
    );
  }
  try {
    return JSON.parse(request.body);
  } catch (cause) {
    throw badRequest("invalidSyntax", "the body is not JSON", cause);
  }
}

function excludesMembers(query: string): boolean {
  return (new URLSearchParams(query).get("excludedAttributes") ?? "")
    .split(",")
    .some((name) => name.trim() === "members");
}

function decodeId(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw notFound(segment, cause);
  }
}

function notFound(path: string, cause?: unknown): ScimFailure {
  return new ScimFailure(404, undefined, `there is nothing at ${path}`, cause);
}

function methodNotAllowed({ request }: Context): ScimFailure {
  return new ScimFailure(405, undefined, `${request.method} is not possible at ${request.path}`);
}
