import type { Attributes } from "@muster/scim";
import {
  type CallTarget,
  createCallTarget,
  type Failure,
  type Success,
  type TargetCall,
} from "../../call/call-target.ts";
import { parseObject, parseRemoteUser, parseUserList, parseUserListing } from "../../call/parse-reply.ts";
import type {
  CallContext,
  CallOutcome,
  Connector,
  RawAnswer,
  RawRequest,
  RemoteUser,
  Target,
  UserListing,
  UserLookup,
  UserPage,
} from "../../connector.ts";
import { notScimClass, type Operation } from "../../failure-class.ts";
import { generic } from "../../profiles/generic.ts";
import type { Paging, TargetProfile, UserAbilities } from "../../profiles/target-profile.ts";
import type { ConnectorDeps } from "../kind.ts";
import { createGroupConnector } from "./create-group-connector.ts";
import { schemasOf, type UserRequest, userRequests } from "./user-requests.ts";

type Untimed<T> = T extends unknown ? Omit<T, "durationMs"> : never;
type Result<T> = Untimed<CallOutcome<T>>;
type Send = (call: TargetCall) => Promise<Success | Failure>;

/** A name nobody has: the search for it is answered by every server that a SCIM client can be tested against. */
const NOBODY = "muster-connection-check";

/** Makes the connector for apps that speak SCIM 2.0 (RFC 7644): strict in what it sends, lenient in what it reads. */
export function createScimConnector(deps: ConnectorDeps, target: Target): Connector {
  return scimConnectorOver(
    createCallTarget({ dialer: deps.dialer, now: deps.now ?? (() => new Date()) }, target),
    target,
  );
}

/** Makes the connector over whatever takes calls of SCIM 2.0, and answers so, in the app's place. */
export function scimConnectorOver(callTarget: CallTarget, target: Pick<Target, "profile" | "updateMethod">): Connector {
  const { users, groups, paging }: TargetProfile = target.profile ?? generic;
  const how = { updateMethod: target.updateMethod, users };

  // However many requests a call needs, they share its deadline.
  async function run<T>(context: CallContext, work: (send: Send) => Promise<Result<T>>): Promise<CallOutcome<T>> {
    const startMs = performance.now();
    const send: Send = (call) => {
      const timeoutMs = Math.max(1, Math.floor(context.timeoutMs - (performance.now() - startMs)));
      return callTarget(call, { ...context, timeoutMs });
    };
    const result = await work(send);
    return { ...result, durationMs: performance.now() - startMs };
  }

  return {
    createUser: (payload, context) => run(context, (send) => createUser(send, payload)),
    readUser: (remoteId, context) => run(context, (send) => withUser(remoteId, (path) => readUser(send, path, users))),
    findUsers: (by, context) => run(context, (send) => findUsers(send, by, users)),
    listUsers: (page, context) => run(context, (send) => listUsers(send, page, paging)),
    updateUser: (remoteId, change, context) =>
      run(context, (send) =>
        withUser(remoteId, (path) => updateUser(send, path, userRequests(remoteId, change, how), users)),
      ),
    deleteUser: (remoteId, context) =>
      run(context, (send) => withUser(remoteId, (path) => deleteUser(send, path, users))),
    probe: (context) => run(context, (send) => checkCollection(send, users)),
    ask: async (request, context) =>
      toRaw(await callTarget({ operation: operationOf(request.method), ...request }, context)),
    ...(groups.push ? { groups: createGroupConnector(callTarget, groups) } : {}),
  };
}

async function createUser(send: Send, payload: Attributes): Promise<Result<RemoteUser>> {
  const operation = "create";
  const answer = await send({
    operation,
    method: "POST",
    path: "/Users",
    body: { ...payload, schemas: schemasOf(payload) },
  });
  if (answer.kind === "failure") return toResult(answer);
  const user = parseRemoteUser(parseObject(answer.body));
  return user ? { kind: "ok", value: user, status: answer.status } : notScim(operation, answer);
}

async function readUser(send: Send, path: string, users: UserAbilities): Promise<Result<RemoteUser>> {
  const answer = await send({ operation: "read", method: "GET", path });
  if (answer.kind === "failure") {
    return answer.class === "perhapsGone" ? confirmGone(send, answer, users) : toResult(answer);
  }
  const user = parseRemoteUser(parseObject(answer.body));
  return user ? { kind: "ok", value: user, status: answer.status } : notScim("read", answer);
}

async function findUsers(send: Send, by: UserLookup, { lookups }: UserAbilities): Promise<Result<RemoteUser[]>> {
  const path = lookups[by.attribute];
  if (path === undefined) return { kind: "ok", value: [], status: null };
  const filter = encodeURIComponent(`${path} eq ${JSON.stringify(by.value)}`);
  const answer = await send({ operation: "search", method: "GET", path: "/Users", query: `filter=${filter}` });
  if (answer.kind === "failure") {
    const isNone = answer.status === 404 && answer.isScimError;
    const isUnsupported = by.attribute !== "userName" && (answer.status === 400 || answer.status === 501);
    return isNone || isUnsupported ? { kind: "ok", value: [], status: answer.status } : toResult(answer);
  }
  const users = parseUserList(answer.body);
  // Some servers answer a filter that they do not understand with everybody.
  return users
    ? { kind: "ok", value: users.filter((user) => matches(user, by, path)), status: answer.status }
    : notScim("search", answer);
}

async function listUsers(send: Send, page: UserPage, paging: Paging): Promise<Result<UserListing>> {
  const answer = await send({ operation: "search", method: "GET", path: "/Users", ...pageQuery(page, paging) });
  if (answer.kind === "failure") return toResult(answer);
  const listing = parseUserListing(answer.body);
  if (listing === null) return notScim("search", answer);
  // What comes all at once is whole, unless the app says that it has more.
  const totalResults = paging.style === "none" ? (listing.totalResults ?? listing.entries) : listing.totalResults;
  return { kind: "ok", value: { ...listing, totalResults }, status: answer.status };
}

function pageQuery({ startIndex, count, cursor }: UserPage, { style, pageSize }: Paging): { query?: string } {
  const most = Math.min(count, pageSize);
  switch (style) {
    case "none":
      return {};
    case "index":
      return { query: `startIndex=${startIndex}&count=${most}` };
    case "cursor":
      // An empty cursor asks for the first page (RFC 9865 section 2.1).
      return { query: `cursor=${encodeURIComponent(cursor ?? "")}&count=${most}` };
  }
}

async function updateUser(
  send: Send,
  path: string,
  requests: readonly UserRequest[],
  users: UserAbilities,
): Promise<Result<RemoteUser | null>> {
  let result: Result<RemoteUser | null> = { kind: "ok", value: null, status: null };
  for (const request of requests) {
    result = await writeUser(send, path, request, users);
    if (result.kind !== "ok") return result;
  }
  return result;
}

async function writeUser(
  send: Send,
  path: string,
  request: UserRequest,
  users: UserAbilities,
): Promise<Result<RemoteUser | null>> {
  const answer = await send({ operation: "write", path, ...request });
  if (answer.kind === "failure") {
    return answer.class === "perhapsGone" ? confirmMissing(send, path, answer, users) : toResult(answer);
  }
  if (answer.body.trim() === "") return { kind: "ok", value: null, status: answer.status };
  const user = parseRemoteUser(parseObject(answer.body));
  return user ? { kind: "ok", value: user, status: answer.status } : notScim("write", answer);
}

async function deleteUser(send: Send, path: string, users: UserAbilities): Promise<Result<null>> {
  const answer = await send({ operation: "write", method: "DELETE", path });
  if (answer.kind === "failure") {
    const result = answer.class === "perhapsGone" ? await confirmMissing(send, path, answer, users) : toResult(answer);
    return result.kind === "gone" ? { kind: "ok", value: null, status: answer.status } : result;
  }
  const done: Result<null> = { kind: "ok", value: null, status: answer.status };
  if (answer.body.trim() === "") return done;
  const body = parseObject(answer.body);
  if (body === null) return notScim("write", answer);
  if (parseRemoteUser(body)) return done;
  // "Deleted" and "please log in" look the same to us; a leaver must not stay because of that.
  const left = await readUser(send, path, users);
  const isDone = left.kind === "gone" || (left.kind === "ok" && left.value.active === false);
  return isDone ? done : notScim("write", answer);
}

/**
 * Settles a 404 without a SCIM Error on a write: some apps answer so where they merely lack the method, and taking that for
 * "gone" makes people twice.
 */
async function confirmMissing(send: Send, path: string, first: Failure, users: UserAbilities): Promise<Result<never>> {
  const read = await readUser(send, path, users);
  if (read.kind !== "ok") return read;
  return {
    kind: "permanent",
    status: first.status,
    detail: `${first.detail} — yet the user is there: the app may lack this method`,
  };
}

/** Settles a 404 without a SCIM Error on a read: only where the collection answers as it should is the user gone. */
async function confirmGone(send: Send, first: Failure, users: UserAbilities): Promise<Result<never>> {
  const collection = await checkCollection(send, users);
  if (collection.kind !== "ok") return collection;
  return { kind: "gone", status: first.status, detail: first.detail };
}

/** Reads as little of the collection as the app allows; unlike ServiceProviderConfig it is never open to everybody. */
async function checkCollection(send: Send, { lookups }: UserAbilities): Promise<Result<null>> {
  const call = { operation: "search", method: "GET", path: "/Users" } as const;
  const filter = encodeURIComponent(
    `${lookups.userName ?? lookups.externalId ?? "userName"} eq ${JSON.stringify(NOBODY)}`,
  );
  let answer = await send({ ...call, query: `filter=${filter}&count=1` });
  if (answer.kind === "failure" && (answer.status === 400 || answer.status === 404 || answer.status === 501)) {
    answer = await send({ ...call, query: "count=1" });
  }
  if (answer.kind === "failure") return toResult(answer);
  return parseUserList(answer.body) ? { kind: "ok", value: null, status: answer.status } : notScim("search", answer);
}

/** An id such as "." would address something else than a user, once a server or proxy has resolved the path. */
async function withUser<T>(remoteId: string, work: (path: string) => Promise<Result<T>>): Promise<Result<T>> {
  if (/^\.{0,2}$/.test(remoteId) || !remoteId.isWellFormed()) {
    return { kind: "permanent", status: null, detail: "the app's id for this user cannot be part of a URL" };
  }
  return work(`/Users/${encodeURIComponent(remoteId)}`);
}

function matches(user: RemoteUser, by: UserLookup, path: string): boolean {
  // externalId is compared with case, userName without (RFC 7643 sections 3.1 and 4.1.1).
  if (by.attribute === "externalId") return (path === "id" ? user.remoteId : user.externalId) === by.value;
  if (by.attribute === "email") return hasEmail(user, by.value.toLowerCase());
  return user.userName?.toLowerCase() === by.value.toLowerCase();
}

/** Local parts may differ by case in theory (RFC 5321 section 2.4); no app gives two people such addresses. */
function hasEmail(user: RemoteUser, address: string): boolean {
  const { emails } = user.resource;
  if (!Array.isArray(emails)) return false;
  return emails.some((email) => {
    if (typeof email !== "object" || email === null || Array.isArray(email)) return false;
    return typeof email.value === "string" && email.value.toLowerCase() === address;
  });
}

function notScim(operation: Operation, answer: Success): Result<never> {
  const detail = `not a SCIM answer: ${answer.excerpt}`;
  return { kind: notScimClass(operation), status: answer.status, detail };
}

/** A create may have happened without an answer; of everything else a repeat does no harm. */
function operationOf(method: RawRequest["method"]): Operation {
  return method === "POST" ? "create" : method === "GET" ? "read" : "write";
}

function toRaw(answer: Success | Failure): RawAnswer {
  if (answer.kind === "success") return { status: answer.status, body: parseObject(answer.body), failure: null };
  const { status, detail, retryAfterMs } = answer;
  const isThrottled = answer.class === "throttled";
  // A 404 of a collection is an answer here, not an outage.
  const isHalt = status === null || status === 401 || status === 407 || (status >= 300 && status < 400);
  const isOutage = status !== null && status >= 500 && status !== 501 && status !== 505;
  const kind = isThrottled ? "throttled" : isHalt ? "connection" : isOutage ? "transient" : "refused";
  return { status, body: null, failure: { kind, detail, retryAfterMs } };
}

function toResult(failure: Failure): Result<never> {
  const { status, detail, retryAfterMs } = failure;
  if (failure.class === "throttled") return { kind: "throttled", retryAfterMs, status, detail };
  // Whoever has a second look at hand takes it before coming here.
  return { kind: failure.class === "perhapsGone" ? "transient" : failure.class, status, detail };
}
