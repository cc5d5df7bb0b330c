import { type Attributes, groupUrn, type Json, patchOpUrn } from "@muster/scim";
import type { CallTarget, Failure, Success, TargetCall } from "../../call/call-target.ts";
import { parseGroupList, parseObject, parseRemoteGroup } from "../../call/parse-reply.ts";
import type {
  CallContext,
  GroupCallOutcome,
  GroupConnector,
  GroupLookup,
  MemberChange,
  RemoteGroup,
} from "../../connector.ts";
import { notScimClass, type Operation } from "../../failure-class.ts";
import type { GroupAbilities } from "../../profiles/target-profile.ts";

type Untimed<T> = T extends unknown ? Omit<T, "durationMs"> : never;
type Result<T> = Untimed<GroupCallOutcome<T>>;
type Send = (call: TargetCall) => Promise<Success | Failure>;

/**
 * The groups of an app that speaks SCIM 2.0. Members are removed one by one with a filter in the path (RFC 7644 section 3.5.2.2):
 * by the letter a list of values is ignored there, and everybody goes.
 */
export function createGroupConnector(callTarget: CallTarget, abilities: GroupAbilities): GroupConnector {
  const parse: Parse = (value) => {
    const group = parseRemoteGroup(value);
    // Where members are never shown, an empty list does not mean that nobody is in it.
    return group === null || abilities.showsMembers ? group : { ...group, members: null };
  };
  async function run<T>(context: CallContext, work: (send: Send) => Promise<Result<T>>): Promise<GroupCallOutcome<T>> {
    const startMs = performance.now();
    const send: Send = (call) => {
      const timeoutMs = Math.max(1, Math.floor(context.timeoutMs - (performance.now() - startMs)));
      return callTarget(call, { ...context, timeoutMs });
    };
    const result = await work(send);
    return { ...result, durationMs: performance.now() - startMs };
  }
  const patch = (remoteId: string, operations: Json[]) => (send: Send) =>
    withGroup(remoteId, (path) =>
      write(send, parse, { method: "PATCH", path, body: { schemas: [patchOpUrn], Operations: operations } }),
    );

  return {
    createGroup: (group, context) => run(context, (send) => createGroup(send, parse, group)),
    readGroup: (remoteId, context) =>
      run(context, (send) => withGroup(remoteId, (path) => readGroup(send, parse, path))),
    findGroups: (by, context) => run(context, (send) => findGroups(send, by, abilities.lookups[by.attribute])),
    renameGroup: (remoteId, displayName, context) =>
      run(
        context,
        abilities.renameBy === "put"
          ? (send) => withGroup(remoteId, (path) => putOver(send, parse, { path, remoteId }, { displayName }))
          : patch(remoteId, [{ op: "replace", path: "displayName", value: displayName }]),
      ),
    changeMembers: (remoteId, change, context) =>
      run(
        context,
        abilities.updateBy.includes("patch")
          ? patch(remoteId, memberOperations(change, abilities))
          : (send) => withGroup(remoteId, (path) => putOver(send, parse, { path, remoteId }, { change })),
      ),
    replaceGroup: (remoteId, group, context) =>
      run(context, (send) => withGroup(remoteId, (path) => write(send, parse, toPut(path, remoteId, group)))),
    deleteGroup: (remoteId, context) => run(context, (send) => withGroup(remoteId, (path) => deleteGroup(send, path))),
  };
}

type Parse = (value: Json | null) => RemoteGroup | null;

function memberOperations(
  { add, remove }: MemberChange,
  { memberValue, memberRemoval }: Pick<GroupAbilities, "memberValue" | "memberRemoval">,
): Json[] {
  const byFilter = (id: string): Json => ({ op: "remove", path: `members[value eq ${JSON.stringify(id)}]` });
  const byList = (): Json => ({ op: "remove", path: "members", value: remove.map((value) => ({ value })) });
  const removals = memberRemoval === "filter" ? remove.map(byFilter) : remove.length === 0 ? [] : [byList()];
  if (add.length === 0) return removals;
  const members = add.map((value) => ({ value }));
  return [...removals, { op: "add", path: "members", value: memberValue === "object" ? { members } : members }];
}

async function createGroup(
  send: Send,
  parse: Parse,
  group: { displayName: string; externalId: string },
): Promise<Result<RemoteGroup>> {
  const body: Attributes = { schemas: [groupUrn], ...group };
  const answer = await send({ operation: "create", method: "POST", path: "/Groups", body });
  if (answer.kind === "failure") return toResult(answer);
  const made = parse(parseObject(answer.body));
  return made ? { kind: "ok", value: made, status: answer.status } : notScim("create", answer);
}

async function readGroup(send: Send, parse: Parse, path: string, query?: string): Promise<Result<RemoteGroup>> {
  const answer = await send({ operation: "read", method: "GET", path, ...(query === undefined ? {} : { query }) });
  if (answer.kind === "failure") {
    // Without a SCIM error it may be the whole collection that is away: nothing is said about this group then.
    return toResult(answer);
  }
  const group = parse(parseObject(answer.body));
  return group ? { kind: "ok", value: group, status: answer.status } : notScim("read", answer);
}

async function findGroups(send: Send, by: GroupLookup, path: string | undefined): Promise<Result<RemoteGroup[]>> {
  if (path === undefined) return { kind: "ok", value: [], status: null };
  const filter = encodeURIComponent(`${path} eq ${JSON.stringify(by.value)}`);
  const query = `filter=${filter}&excludedAttributes=members`;
  const answer = await send({ operation: "search", method: "GET", path: "/Groups", query });
  if (answer.kind === "failure") {
    const isUnsupported = by.attribute === "externalId" && (answer.status === 400 || answer.status === 501);
    return isUnsupported ? { kind: "ok", value: [], status: answer.status } : toResult(answer);
  }
  const groups = parseGroupList(answer.body);
  // Some servers answer a filter that they do not understand with everything.
  return groups
    ? { kind: "ok", value: groups.filter((group) => matches(group, by)), status: answer.status }
    : notScim("search", answer);
}

function matches(group: RemoteGroup, by: GroupLookup): boolean {
  if (by.attribute === "externalId") return group.externalId === by.value;
  return group.displayName?.toLowerCase() === by.value.toLowerCase();
}

type Write = { method: "PATCH" | "PUT"; path: string; body: Attributes };
type WholeGroup = { displayName: string; externalId: string | null; members: readonly string[] };

function toPut(path: string, remoteId: string, { members, externalId, displayName }: WholeGroup): Write {
  const group = { displayName, ...(externalId === null ? {} : { externalId }) };
  const body = { schemas: [groupUrn], id: remoteId, ...group, members: members.map((value) => ({ value })) };
  return { method: "PUT", path, body };
}

/** Puts a group back with something else in it. Whoever is not spoken of stays: a PUT without members would empty it. */
async function putOver(
  send: Send,
  parse: Parse,
  { path, remoteId }: { path: string; remoteId: string },
  { displayName, change }: { displayName?: string; change?: MemberChange },
): Promise<Result<RemoteGroup | null>> {
  const read = await readGroup(send, parseRemoteGroup, path);
  if (read.kind !== "ok") return read;
  const { externalId, members: before, displayName: name } = read.value;
  const { add, remove } = change ?? { add: [], remove: [] };
  const leaving = new Set(remove);
  const members = [...new Set([...(before ?? []).filter((id) => !leaving.has(id)), ...add])];
  return await write(
    send,
    parse,
    toPut(path, remoteId, { displayName: displayName ?? name ?? "", externalId, members }),
  );
}

async function write(send: Send, parse: Parse, call: Write): Promise<Result<RemoteGroup | null>> {
  const answer = await send({ operation: "write", ...call });
  if (answer.kind === "failure") {
    const { status } = answer;
    if (answer.isTooLarge) return { kind: "tooMany", status, detail: answer.detail };
    // A member that the app does not know may be a 404 as well: whether the group is there is asked.
    return status === 404 || status === 410 ? confirmGone(send, call.path, answer) : toResult(answer);
  }
  if (answer.body.trim() === "") return { kind: "ok", value: null, status: answer.status };
  const group = parse(parseObject(answer.body));
  return group ? { kind: "ok", value: group, status: answer.status } : notScim("write", answer);
}

async function deleteGroup(send: Send, path: string): Promise<Result<null>> {
  const answer = await send({ operation: "write", method: "DELETE", path });
  if (answer.kind === "failure") {
    const isGone = answer.class === "perhapsGone" || answer.class === "gone";
    const result = isGone ? await confirmGone(send, path, answer) : toResult(answer);
    return result.kind === "gone" ? { kind: "ok", value: null, status: answer.status } : result;
  }
  const done: Result<null> = { kind: "ok", value: null, status: answer.status };
  if (answer.body.trim() === "" || parseRemoteGroup(parseObject(answer.body))) return done;
  // "Deleted" and "please log in" look the same to us.
  const left = await readGroup(send, parseRemoteGroup, path, "excludedAttributes=members");
  return left.kind === "gone" ? done : notScim("write", answer);
}

async function confirmGone(send: Send, path: string, first: Failure): Promise<Result<never>> {
  const read = await readGroup(send, parseRemoteGroup, path, "excludedAttributes=members");
  if (read.kind !== "ok") return read;
  return { kind: "permanent", status: first.status, detail: `${first.detail} — yet the group is there` };
}

/** An id such as "." would address something else than a group, once a server or proxy has resolved the path. */
async function withGroup<T>(remoteId: string, work: (path: string) => Promise<Result<T>>): Promise<Result<T>> {
  if (/^\.{0,2}$/.test(remoteId) || !remoteId.isWellFormed()) {
    return { kind: "permanent", status: null, detail: "the app's id for this group cannot be part of a URL" };
  }
  return work(`/Groups/${encodeURIComponent(remoteId)}`);
}

function notScim(operation: Operation, answer: Success): Result<never> {
  return { kind: notScimClass(operation), status: answer.status, detail: `not a SCIM answer: ${answer.excerpt}` };
}

/** Statuses by which an app says that it has no groups, or not for this credential; its people may work all the same. */
const NO_GROUPS: ReadonlySet<number> = new Set([403, 404, 405, 501]);

function toResult(failure: Failure): Result<never> {
  const { status, detail, retryAfterMs } = failure;
  if (failure.class === "throttled") return { kind: "throttled", retryAfterMs, status, detail };
  if (failure.class === "connection" && status !== null && NO_GROUPS.has(status)) {
    return { kind: "permanent", status, detail };
  }
  return { kind: failure.class === "perhapsGone" ? "transient" : failure.class, status, detail };
}
