import { type Attributes, isAttributes, type Json } from "@muster/scim";
import { isRemoteId } from "../../call/parse-json.ts";
import { parseObject } from "../../call/parse-reply.ts";
import type { GroupConnector, MemberChange, RemoteGroup } from "../../connector.ts";
import { type ApiResult, failureResult, notOfApi, parseList, type RunApi, type SendApi, withId } from "./api-call.ts";

const GROUPS = "/v2/usergroups";
/** The most that version 2 gives in a page. */
const PAGE = 100;
/** Ten times as many members as a directory of ours may have. */
const MAX_PAGES = 10_000;
/** Of a group as it is read, what is not sent back. */
const NOT_SENT: ReadonlySet<string> = new Set(["id", "type"]);

/**
 * User groups of JumpCloud's API, version 2. Members come and go one request each; who is in already, or out already, is as asked. A
 * group has no place for our id: it is known by its name.
 */
export function createUserGroupConnector(run: RunApi): GroupConnector {
  const pathOf = (id: string): string => `${GROUPS}/${id}`;
  return {
    createGroup: ({ displayName }, context) => run(context, (send) => createGroup(send, displayName)),
    readGroup: (id, context) => run(context, (send) => withId(id, () => readGroup(send, pathOf(id)))),
    findGroups: ({ attribute, value }, context) =>
      run<RemoteGroup[]>(context, async (send) =>
        attribute === "displayName" ? await findGroups(send, value) : { kind: "ok", value: [], status: null },
      ),
    renameGroup: (id, displayName, context) =>
      run(context, (send) => withId(id, () => renameGroup(send, pathOf(id), displayName))),
    changeMembers: (id, change, context) =>
      run(context, (send) => withId(id, () => changeMembers(send, pathOf(id), change))),
    replaceGroup: (id, whole, context) =>
      run(context, (send) => withId(id, () => replaceGroup(send, pathOf(id), whole))),
    deleteGroup: (id, context) => run(context, (send) => withId(id, () => deleteGroup(send, pathOf(id)))),
  };
}

async function createGroup(send: SendApi, name: string): Promise<ApiResult<RemoteGroup>> {
  const answer = await send({ operation: "create", method: "POST", path: GROUPS, body: { name } });
  if (answer.kind === "failure") return groupFailure(answer);
  const group = toGroup(parseObject(answer.body), []);
  return group === null ? notOfApi("create", answer) : { kind: "ok", value: group, status: answer.status };
}

async function readGroup(send: SendApi, path: string): Promise<ApiResult<RemoteGroup>> {
  const read = await readFields(send, path);
  if (read.kind !== "ok") return read;
  const members: string[] = [];
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const query = `limit=${PAGE}&skip=${page * PAGE}`;
    const answer = await send({ operation: "read", method: "GET", path: `${path}/members`, query });
    if (answer.kind === "failure") return groupFailure(answer);
    const listed = parseList(answer.body);
    if (listed === null) return notOfApi("read", answer);
    members.push(...listed.flatMap((one) => memberId(one) ?? []));
    if (listed.length < PAGE) break;
  }
  const group = toGroup(read.value, members);
  const detail = "the group was read without an id or a name";
  return group === null
    ? { kind: "transient", status: read.status, detail }
    : { kind: "ok", value: group, status: read.status };
}

async function readFields(send: SendApi, path: string): Promise<ApiResult<Attributes>> {
  const answer = await send({ operation: "read", method: "GET", path });
  if (answer.kind === "failure") return groupFailure(answer);
  const fields = parseObject(answer.body);
  return fields === null || toGroup(fields, null) === null
    ? notOfApi("read", answer)
    : { kind: "ok", value: fields, status: answer.status };
}

async function findGroups(send: SendApi, name: string): Promise<ApiResult<RemoteGroup[]>> {
  const query = `filter=${encodeURIComponent(`name:eq:${name}`)}&limit=${PAGE}`;
  const answer = await send({ operation: "search", method: "GET", path: GROUPS, query });
  if (answer.kind === "failure") return groupFailure(answer);
  const listed = parseList(answer.body);
  if (listed === null) return notOfApi("search", answer);
  const groups = listed.map((one) => toGroup(one, null)).filter((group) => group !== null);
  const value = groups.filter(({ displayName }) => displayName?.toLowerCase() === name.toLowerCase());
  return { kind: "ok", value, status: answer.status };
}

/** A PUT is of the whole group: what is set on it in JumpCloud goes along. */
async function renameGroup(send: SendApi, path: string, name: string): Promise<ApiResult<RemoteGroup | null>> {
  const read = await readFields(send, path);
  if (read.kind !== "ok") return read;
  const kept = Object.entries(read.value).filter(([field]) => !NOT_SENT.has(field));
  const body: Attributes = { ...Object.fromEntries(kept), name };
  const answer = await send({ operation: "write", method: "PUT", path, body });
  if (answer.kind === "failure") return groupFailure(answer);
  if (answer.body.trim() === "") return { kind: "ok", value: null, status: answer.status };
  const group = toGroup(parseObject(answer.body), null);
  return group === null ? notOfApi("write", answer) : { kind: "ok", value: group, status: answer.status };
}

async function changeMembers(send: SendApi, path: string, { add, remove }: MemberChange): Promise<ApiResult<null>> {
  const steps = [...remove.map((id) => ({ op: "remove", id })), ...add.map((id) => ({ op: "add", id }))];
  let status: number | null = null;
  for (const { op, id } of steps) {
    const body = { op, type: "user", id };
    const answer = await send({ operation: "write", method: "POST", path: `${path}/members`, body });
    ({ status } = answer);
    if (answer.kind === "success" || (op === "add" && status === 409)) continue;
    if (answer.class !== "gone" && answer.class !== "perhapsGone") return groupFailure(answer);
    // It is the group or the member that is not there: which, only the group can say.
    const read = await readFields(send, path);
    if (read.kind !== "ok") return read;
    if (op === "add") return { kind: "permanent", status, detail: `${answer.detail} — yet the group is there` };
  }
  return { kind: "ok", value: null, status };
}

async function replaceGroup(
  send: SendApi,
  path: string,
  { displayName, members }: { displayName: string; members: readonly string[] },
): Promise<ApiResult<RemoteGroup | null>> {
  const read = await readGroup(send, path);
  if (read.kind !== "ok") return read;
  const here = new Set(read.value.members);
  const wanted = new Set(members);
  const change = {
    add: members.filter((id) => !here.has(id)),
    remove: [...here].filter((id) => !wanted.has(id)),
  };
  const changed = await changeMembers(send, path, change);
  if (changed.kind !== "ok" || read.value.displayName === displayName) return changed;
  return await renameGroup(send, path, displayName);
}

async function deleteGroup(send: SendApi, path: string): Promise<ApiResult<null>> {
  const answer = await send({ operation: "write", method: "DELETE", path });
  if (answer.kind === "success") return { kind: "ok", value: null, status: answer.status };
  if (answer.class === "gone") return { kind: "ok", value: null, status: answer.status };
  return groupFailure(answer);
}

/** Whoever may not touch groups may touch people all the same: the lane goes on. */
function groupFailure(failure: Parameters<typeof failureResult>[0]): ApiResult<never> {
  const { class: kind, status, detail } = failure;
  const isOfGroups = kind === "connection" && (status === 403 || status === 404);
  return isOfGroups ? { kind: "permanent", status, detail } : failureResult(failure);
}

function toGroup(value: Json | null, members: string[] | null): RemoteGroup | null {
  if (value === null || !isAttributes(value)) return null;
  const { id, name } = value;
  if (typeof id !== "string" || !isRemoteId(id) || typeof name !== "string") return null;
  return { remoteId: id, externalId: null, displayName: name, members };
}

function memberId(connection: Json): string | null {
  const to = isAttributes(connection) ? (connection["to"] ?? null) : null;
  if (!isAttributes(to) || to["type"] !== "user") return null;
  return typeof to["id"] === "string" && isRemoteId(to["id"]) ? to["id"] : null;
}
