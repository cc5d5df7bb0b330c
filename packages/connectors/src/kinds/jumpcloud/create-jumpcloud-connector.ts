import type { Attributes, Json } from "@muster/scim";
import { isAttributes } from "@muster/scim";
import { createCallTarget, type Failure } from "../../call/call-target.ts";
import { parseObject } from "../../call/parse-reply.ts";
import type { Connector, RemoteUser, Target, UserChange, UserListing, UserLookup, UserPage } from "../../connector.ts";
import type { ConnectorDeps } from "../kind.ts";
import { type ApiResult, createRun, failureResult, notOfApi, type SendApi, withId } from "./api-call.ts";
import { createUserGroupConnector } from "./create-user-group-connector.ts";
import { readApiError } from "./read-error.ts";
import { organizationOf } from "./read-options.ts";
import { changedFields, fromSystemUser, toFields, withOurId } from "./system-user.ts";

const USERS = "/systemusers";
/** The most that version 1 gives in a page. */
const PAGE = 100;

/** The fields that it can be searched by. */
const FIELDS: Readonly<Partial<Record<UserLookup["attribute"], string>>> = { userName: "username", email: "email" };

/**
 * JumpCloud's directory API: system users of version 1 and user groups of version 2. Whoever is made inactive is suspended; a user whose
 * password is pending is active all the same.
 */
export function createJumpCloudConnector(deps: ConnectorDeps, target: Target): Connector {
  const api = {
    dialer: deps.dialer,
    now: deps.now ?? (() => new Date()),
    mediaType: "application/json",
    readError: readApiError,
  };
  const organization = organizationOf(target.options);
  const headers = organization === null ? {} : { "x-org-id": organization };
  const callTarget = createCallTarget(api, target);
  const run = createRun((call, context) => callTarget({ ...call, headers }, context));
  const pathOf = (id: string): string => `${USERS}/${id}`;
  return {
    createUser: (payload, context) => run(context, (send) => createUser(send, payload)),
    readUser: (id, context) => run(context, (send) => withId(id, () => readUser(send, pathOf(id)))),
    findUsers: (by, context) => run(context, (send) => findUsers(send, by)),
    listUsers: (page, context) => run(context, (send) => listUsers(send, page)),
    updateUser: (id, change, context) => run(context, (send) => withId(id, () => updateUser(send, pathOf(id), change))),
    deleteUser: (id, context) => run(context, (send) => withId(id, () => deleteUser(send, pathOf(id)))),
    probe: (context) => run(context, (send) => checkCollection(send)),
    groups: createUserGroupConnector(run),
  };
}

async function createUser(send: SendApi, payload: Attributes): Promise<ApiResult<RemoteUser>> {
  const { externalId } = payload;
  const own = typeof externalId === "string" ? { attributes: withOurId([], externalId) } : {};
  const body: Attributes = { ...toFields(payload), ...own };
  const answer = await send({ operation: "create", method: "POST", path: USERS, body });
  if (answer.kind === "failure") return failureResult(answer);
  const user = fromSystemUser(parseObject(answer.body));
  return user === null ? notOfApi("create", answer) : { kind: "ok", value: user, status: answer.status };
}

async function readUser(send: SendApi, path: string): Promise<ApiResult<RemoteUser>> {
  const read = await readFields(send, path);
  if (read.kind !== "ok") return read;
  const { user } = read.value;
  return { kind: "ok", value: user, status: read.status };
}

/** A user with the fields that were read: some of them are of others, and sent back as they are. */
async function readFields(send: SendApi, path: string): Promise<ApiResult<{ user: RemoteUser; fields: Attributes }>> {
  const answer = await send({ operation: "read", method: "GET", path });
  if (answer.kind === "failure") {
    return answer.class === "perhapsGone" ? await confirmGone(send, answer) : failureResult(answer);
  }
  const fields = parseObject(answer.body);
  const user = fromSystemUser(fields);
  return fields === null || user === null
    ? notOfApi("read", answer)
    : { kind: "ok", value: { user, fields }, status: answer.status };
}

async function findUsers(send: SendApi, { attribute, value }: UserLookup): Promise<ApiResult<RemoteUser[]>> {
  const field = FIELDS[attribute];
  if (field === undefined) return { kind: "ok", value: [], status: null };
  const query = `filter=${encodeURIComponent(`${field}:$eq:${value}`)}&limit=${PAGE}`;
  const answer = await send({ operation: "search", method: "GET", path: USERS, query });
  if (answer.kind === "failure") return failureResult(answer);
  const listing = parseListing(answer.body);
  if (listing === null) return notOfApi("search", answer);
  // Whatever a server makes of a filter, only who is meant is found.
  const found = listing.users.filter((user) => same(attribute === "userName" ? user.userName : emailOf(user), value));
  return { kind: "ok", value: found, status: answer.status };
}

async function listUsers(send: SendApi, { startIndex, count }: UserPage): Promise<ApiResult<UserListing>> {
  const query = `limit=${Math.min(count, PAGE)}&skip=${startIndex - 1}&sort=_id`;
  const answer = await send({ operation: "search", method: "GET", path: USERS, query });
  if (answer.kind === "failure") return failureResult(answer);
  const listing = parseListing(answer.body);
  return listing === null ? notOfApi("search", answer) : { kind: "ok", value: listing, status: answer.status };
}

async function updateUser(
  send: SendApi,
  path: string,
  { from, to }: UserChange,
): Promise<ApiResult<RemoteUser | null>> {
  const fields = changedFields(from, to);
  const { externalId } = to;
  const body: Attributes = { ...fields };
  if (typeof externalId === "string" && externalId !== from?.["externalId"]) {
    // The list of custom attributes is replaced as a whole.
    const read = await readFields(send, path);
    if (read.kind !== "ok") return read;
    if (read.value.user.externalId !== externalId)
      body["attributes"] = withOurId(read.value.fields["attributes"], externalId);
  }
  if (Object.keys(body).length === 0) return { kind: "ok", value: null, status: null };
  const answer = await send({ operation: "write", method: "PUT", path, body });
  if (answer.kind === "failure") {
    return answer.class === "perhapsGone" ? await confirmMissing(send, path, answer) : failureResult(answer);
  }
  const user = fromSystemUser(parseObject(answer.body));
  return user === null ? notOfApi("write", answer) : { kind: "ok", value: user, status: answer.status };
}

async function deleteUser(send: SendApi, path: string): Promise<ApiResult<null>> {
  const answer = await send({ operation: "write", method: "DELETE", path });
  if (answer.kind === "failure") {
    const isPerhaps = answer.class === "perhapsGone";
    const result = isPerhaps ? await confirmMissing(send, path, answer) : failureResult(answer);
    return result.kind === "gone" ? { kind: "ok", value: null, status: answer.status } : result;
  }
  // It answers with the user that was; a login page is no such answer.
  if (answer.body.trim() === "" || fromSystemUser(parseObject(answer.body)) !== null)
    return { kind: "ok", value: null, status: answer.status };
  const left = await readUser(send, path);
  return left.kind === "gone" ? { kind: "ok", value: null, status: answer.status } : notOfApi("write", answer);
}

/** Settles a 404 without an error of the API on a write: only where a read says so too is the user gone. */
async function confirmMissing(send: SendApi, path: string, first: Failure): Promise<ApiResult<never>> {
  const read = await readFields(send, path);
  if (read.kind !== "ok") return read;
  return { kind: "permanent", status: first.status, detail: `${first.detail} — yet the user is there` };
}

/** Settles a 404 without an error of the API on a read: only where the collection answers as it should is the user gone. */
async function confirmGone(send: SendApi, first: Failure): Promise<ApiResult<never>> {
  const collection = await checkCollection(send);
  if (collection.kind !== "ok") return collection;
  return { kind: "gone", status: first.status, detail: first.detail };
}

async function checkCollection(send: SendApi): Promise<ApiResult<null>> {
  const answer = await send({ operation: "search", method: "GET", path: USERS, query: "limit=1" });
  if (answer.kind === "failure") return failureResult(answer);
  return parseListing(answer.body) === null
    ? notOfApi("search", answer)
    : { kind: "ok", value: null, status: answer.status };
}

function parseListing(body: string): UserListing | null {
  const parsed = parseObject(body);
  const results = parsed?.["results"];
  if (parsed === null || !Array.isArray(results)) return null;
  const users = results.map(fromSystemUser).filter((user) => user !== null);
  const { totalCount } = parsed;
  const totalResults = typeof totalCount === "number" && Number.isSafeInteger(totalCount) ? totalCount : null;
  return { users, entries: results.length, totalResults, nextCursor: null };
}

function emailOf({ resource }: RemoteUser): string | null {
  const { emails } = resource;
  const [first = null]: Json[] = Array.isArray(emails) ? emails : [];
  return isAttributes(first) && typeof first["value"] === "string" ? first["value"] : null;
}

const same = (left: string | null, right: string): boolean => left?.toLowerCase() === right.toLowerCase();
