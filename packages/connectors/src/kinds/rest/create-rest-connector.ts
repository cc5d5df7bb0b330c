import { type Attributes, isAttributes, type Json } from "@muster/scim";
import { createCallTarget, type Failure, type Success } from "../../call/call-target.ts";
import { parseJson } from "../../call/parse-json.ts";
import { runCalls, type Untimed } from "../../call/run-calls.ts";
import type {
  CallContext,
  CallOutcome,
  Connector,
  RemoteUser,
  Target,
  UserChange,
  UserListing,
  UserLookup,
  UserPage,
} from "../../connector.ts";
import { notScimClass, type Operation } from "../../failure-class.ts";
import type { ConnectorDeps } from "../kind.ts";
import { toAccount } from "./account-of.ts";
import { changesOf } from "./changes-of.ts";
import { buildRequest, createEvaluator, type Evaluate, type Seen, TemplateError } from "./evaluate.ts";
import { isPersonal } from "./is-personal.ts";
import { endOfPage, nextCursor, pageRequest } from "./paging.ts";
import { type ListTemplate, type RequestTemplate, type RestTemplate, templateOf } from "./rest-template.ts";

type Result<T> = Untimed<CallOutcome<T>>;
/** What an answer says, as the expressions about it see it. */
type Answer = { status: number; headers: Attributes; body: Json; excerpt: string };
type Asked = { kind: "ok"; value: Answer; status: number } | { kind: "failure"; failure: Failure } | Result<never>;
type Ask = (at: string, template: RequestTemplate, seen: Seen, operation: Operation) => Promise<Asked>;
type Parts = { template: RestTemplate; evaluate: Evaluate; ask: Ask; baseUrl: string; context: CallContext };

/** A name nobody has. */
const NOBODY = "muster-connection-check";
/** Pages that one look-up reads at most; an app that needs more is searched by a query instead. */
const MOST_PAGES = 20;
const FIRST: UserPage = { startIndex: 1, count: 50, cursor: null };

/** Makes the connector for apps that are spoken to by templates (H10). */
export function createRestConnector(deps: ConnectorDeps, target: Target): Connector {
  const template = templateOf(target.options ?? null);
  if (template === null) throw new Error("A REST target is made of its templates");
  const evaluate = createEvaluator();
  const now = deps.now ?? (() => new Date());
  const callTarget = createCallTarget({ dialer: deps.dialer, now, mediaType: "application/json" }, target);

  const run = <T>(context: CallContext, work: (parts: Parts) => Promise<Result<T>>): Promise<CallOutcome<T>> =>
    runCalls(callTarget, context, (send) => {
      const ask: Ask = async (at, request, seen, operation) => {
        const answer = await send({ operation, ...buildRequest(evaluate, at, request, seen) });
        return answer.kind === "failure" ? { kind: "failure", failure: answer } : judge(at, request, answer, operation);
      };
      return attempt(() => work({ template, evaluate, ask, baseUrl: target.baseUrl, context }));
    });

  /** A 2xx counts where the template's own test says so (F42). */
  function judge(at: string, request: RequestTemplate, answer: Success, operation: Operation): Asked {
    const parsed = parseJson(answer.body);
    const { excerpt } = answer;
    const said = { status: answer.status, headers: headersOf(answer), body: parsed ?? null, excerpt };
    if (request.success === undefined) return { kind: "ok", value: said, status: answer.status };
    const { status, headers, body } = said;
    try {
      if (evaluate(`${at}.success`, request.success, { status, headers, body }) === true)
        return { kind: "ok", value: said, status };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      // What the test cannot read is not an answer of the app, but perhaps of something before it.
      return { kind: notScimClass(operation), status, detail: `${error.message}: ${answer.excerpt}` };
    }
    // Nor is what is no JSON, whatever the test makes of nothing: of a create it would be forgotten that it may have been done.
    const isAnswer = parsed !== undefined || answer.body.trim() === "";
    return {
      kind: isAnswer ? "permanent" : notScimClass(operation),
      status,
      detail: `the success test of ${at} says no: ${excerpt}`,
    };
  }

  return {
    createUser: (payload, context) => run(context, (parts) => createUser(parts, payload)),
    readUser: (remoteId, context) => run(context, (parts) => readUser(parts, remoteId)),
    findUsers: (by, context) => run(context, (parts) => findUsers(parts, by)),
    listUsers: (page, context) => run(context, (parts) => listUsers(parts, page)),
    updateUser: (remoteId, change, context) => run(context, (parts) => updateUser(parts, remoteId, change)),
    deleteUser: (remoteId, context) => run(context, (parts) => deleteUser(parts, remoteId)),
    probe: (context) => run(context, checkApp),
  };
}

/** What a template makes of somebody may be nothing that can be sent: that is this person's affair. */
async function attempt<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { kind: "permanent", status: null, detail: error.message };
  }
}

async function createUser(parts: Parts, payload: Attributes): Promise<Result<RemoteUser>> {
  const { create } = parts.template.operations;
  if (create === undefined) return lacks("create");
  const seen = { user: payload, ...ours(parts.context) };
  const asked = await parts.ask("create", create, seen, "create");
  if (asked.kind === "failure" && isMissing(asked.failure) && isPersonal(parts.evaluate, "create", create, seen)) {
    const works = await checkBeside(parts, asked.failure);
    if (works.kind !== "ok") return works;
    return { kind: "permanent", status: asked.failure.status, detail: asked.failure.detail };
  }
  if (asked.kind !== "ok") return toResult(asked);
  const account = accountIn(parts, asked.value.body);
  if (account !== null) return { kind: "ok", value: account, status: asked.status };
  return { kind: "unknown", status: asked.status, detail: `the answer names no account: ${asked.value.excerpt}` };
}

async function readUser(parts: Parts, remoteId: string): Promise<Result<RemoteUser>> {
  const { read } = parts.template.operations;
  if (read === undefined) return lacks("read");
  const asked = await parts.ask("read", read, { id: remoteId }, "read");
  if (asked.kind === "failure" && isMissing(asked.failure)) return confirmGone(parts, asked.failure);
  if (asked.kind !== "ok") return toResult(asked);
  const account = accountIn(parts, asked.value.body);
  if (account !== null) return { kind: "ok", value: account, status: asked.status };
  return { kind: "transient", status: asked.status, detail: `the answer names no account: ${asked.value.excerpt}` };
}

async function findUsers(parts: Parts, by: UserLookup): Promise<Result<RemoteUser[]>> {
  const find = parts.template.operations.find?.[by.attribute];
  if (find === undefined) return { kind: "ok", value: [], status: null };
  const found: RemoteUser[] = [];
  let page: UserPage = { ...FIRST, count: find.paging?.size ?? FIRST.count };
  for (let read = 0; read < MOST_PAGES; read += 1) {
    const listed = await readPage(parts, `find.${by.attribute}`, find, { page, value: by.value });
    if (listed.kind !== "ok") return listed;
    const { users, entries, nextCursor: cursor, isLast } = listed.value;
    // Some apps answer a search that they do not understand with everybody.
    found.push(...users.filter((user) => matches(user, by)));
    if (isLast) return { kind: "ok", value: found, status: listed.status };
    page = { ...page, startIndex: page.startIndex + entries, cursor };
  }
  const detail = `a look-up by ${by.attribute} has more than ${MOST_PAGES} pages: search by a query instead`;
  return { kind: "permanent", status: null, detail };
}

async function listUsers(parts: Parts, page: UserPage): Promise<Result<UserListing>> {
  const { list } = parts.template.operations;
  if (list === undefined) return lacks("list");
  const count = Math.min(page.count, list.paging?.size ?? page.count);
  const listed = await readPage(parts, "list", list, { page: { ...page, count } });
  return listed.kind === "ok" ? { ...listed, value: withoutEnd(listed.value) } : listed;
}

type Page = UserListing & { isLast: boolean };

function withoutEnd({ isLast: _isLast, ...listing }: Page): UserListing {
  return listing;
}

async function readPage(
  parts: Parts,
  at: string,
  list: ListTemplate,
  { page, value }: { page: UserPage; value?: string },
): Promise<Result<Page>> {
  const { evaluate, ask, baseUrl } = parts;
  const request = pageRequest(list, page, baseUrl);
  const seen: Seen = { ...(value === undefined ? {} : { value }), page: pageOf(page) };
  const asked = await ask(at, request, seen, "search");
  if (asked.kind === "failure" && isMissing(asked.failure) && isPersonal(evaluate, at, request, seen)) {
    const works = await checkBeside(parts, asked.failure);
    if (works.kind !== "ok") return works;
    const none = { users: [], entries: 0, nextCursor: null, totalResults: 0, isLast: true };
    return { kind: "ok", status: asked.failure.status, value: none };
  }
  if (asked.kind !== "ok") return toResult(asked);
  const { status, headers, body, excerpt } = asked.value;
  const said = { status, headers, body };
  let items: Json;
  try {
    items = evaluate(`${at}.items`, list.items, said);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { kind: "transient", status, detail: `${error.message}: ${excerpt}` };
  }
  if (!Array.isArray(items)) return { kind: "transient", status, detail: `${at}.items gives no list: ${excerpt}` };
  const users = items.flatMap((item) => toAccount(evaluate, parts.template, item) ?? []);
  const cursor = nextCursor(evaluate, at, list, said);
  const end = endOfPage(evaluate, at, list, { page, said, entries: items.length, cursor });
  return { kind: "ok", status, value: { users, entries: items.length, nextCursor: cursor, ...end } };
}

const pageOf = ({ startIndex, count, cursor }: UserPage): Attributes => ({
  index: startIndex,
  number: Math.floor((startIndex - 1) / count) + 1,
  count,
  cursor: cursor ?? "",
});

async function updateUser(parts: Parts, remoteId: string, change: UserChange): Promise<Result<RemoteUser | null>> {
  let result: Result<RemoteUser | null> = { kind: "ok", value: null, status: null };
  for (const { at, request } of changesOf(parts.template.operations, change)) {
    const seen = { user: change.to, id: remoteId, ...ours(parts.context) };
    const asked = await parts.ask(at, request, seen, "write");
    if (asked.kind === "failure" && isMissing(asked.failure)) return confirmMissing(parts, remoteId, asked.failure);
    if (asked.kind !== "ok") return toResult(asked);
    // An answer without an account says nothing of it.
    result = { kind: "ok", value: accountIn(parts, asked.value.body), status: asked.status };
  }
  return result;
}

async function deleteUser(parts: Parts, remoteId: string): Promise<Result<null>> {
  const { delete: deletion } = parts.template.operations;
  if (deletion === undefined) return lacks("delete");
  const seen = { user: {}, id: remoteId, ...ours(parts.context) };
  const asked = await parts.ask("delete", deletion, seen, "write");
  if (asked.kind === "ok") return { kind: "ok", value: null, status: asked.status };
  if (asked.kind !== "failure" || !isMissing(asked.failure)) return toResult(asked);
  const missing = await confirmMissing(parts, remoteId, asked.failure);
  return missing.kind === "gone" ? { kind: "ok", value: null, status: missing.status } : missing;
}

/** Settles a 404 on a write: a path that the app does not have answers the same, and taking that for "gone" makes people twice. */
async function confirmMissing(parts: Parts, remoteId: string, first: Failure): Promise<Result<never>> {
  const { status } = first;
  if (status === 410) return { kind: "gone", status, detail: first.detail };
  const { read, find } = parts.template.operations;
  if (read !== undefined) {
    const shown = await readUser(parts, remoteId);
    if (shown.kind !== "ok") return shown;
    return { kind: "permanent", status, detail: `${first.detail} — yet the account is there: look at the path` };
  }
  const userId = parts.context.subject?.userId;
  if (find?.externalId !== undefined && userId !== undefined) {
    const found = await findUsers(parts, { attribute: "externalId", value: userId });
    if (found.kind !== "ok") return found;
    if (found.value.length === 0) return { kind: "gone", status, detail: first.detail };
  }
  return { kind: "permanent", status, detail: `${first.detail} — whether the account is there cannot be found out` };
}

/** Only where the app works otherwise is somebody gone whom it does not know. */
async function confirmGone(parts: Parts, first: Failure): Promise<Result<never>> {
  const works = await checkApp(parts);
  return works.kind === "ok" ? { kind: "gone", status: first.status, detail: first.detail } : works;
}

/** Whether the app works, by a request that is about nobody; where there is none, the 404 that raised the question counts. */
async function checkBeside(parts: Parts, first: Failure): Promise<Result<null>> {
  const { check, list } = parts.template.operations;
  return check === undefined && list === undefined
    ? toResult({ kind: "failure", failure: first })
    : await checkApp(parts);
}

async function checkApp(parts: Parts): Promise<Result<null>> {
  const { check, list, find = {} } = parts.template.operations;
  if (check !== undefined) {
    const asked = await parts.ask("check", check, {}, "search");
    return asked.kind === "ok" ? { kind: "ok", value: null, status: asked.status } : toResult(asked);
  }
  const [by, search] = Object.entries(find)[0] ?? [];
  const listed =
    list === undefined && search !== undefined
      ? await readPage(parts, `find.${by}`, search, { page: FIRST, value: NOBODY })
      : await listUsers(parts, { ...FIRST, count: 1 });
  return listed.kind === "ok" ? { kind: "ok", value: null, status: listed.status } : listed;
}

function accountIn({ evaluate, template }: Parts, body: Json): RemoteUser | null {
  return toAccount(evaluate, template, body);
}

/** What the app may keep of us: our id for the person, and a key that is the same as long as nothing has changed. */
function ours({ subject }: CallContext): Seen {
  const externalId = subject?.userId ?? "";
  return { externalId, idempotencyKey: `${externalId}-${subject?.generation ?? 0}` };
}

function matches(user: RemoteUser, by: UserLookup): boolean {
  if (by.attribute === "externalId") return user.externalId === by.value;
  const wanted = by.value.toLowerCase();
  if (by.attribute === "userName") return user.userName?.toLowerCase() === wanted;
  const { emails } = user.resource;
  return (
    Array.isArray(emails) &&
    emails.some(
      (email) => isAttributes(email) && typeof email["value"] === "string" && email["value"].toLowerCase() === wanted,
    )
  );
}

const isMissing = ({ status }: Failure): boolean => status === 404 || status === 410;

const lacks = (operation: string) =>
  ({ kind: "permanent", status: null, detail: `there is no template for ${operation}` }) as const;

function headersOf({ headers }: Success): Attributes {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(", ")]));
}

function toResult(asked: Exclude<Asked, { kind: "ok" }>): Result<never> {
  if (asked.kind !== "failure") return asked;
  const { class: kind, status, detail, retryAfterMs } = asked.failure;
  if (kind === "throttled") return { kind, retryAfterMs, status, detail };
  // Whoever has a second look at hand takes it before coming here.
  return { kind: kind === "perhapsGone" ? "transient" : kind, status, detail };
}
