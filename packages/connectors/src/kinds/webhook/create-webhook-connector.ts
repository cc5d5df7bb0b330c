import { signWebhook } from "@muster/runtime";
import { type Attributes, isAttributes } from "@muster/scim";
import { createCallTarget, type Failure, type Success } from "../../call/call-target.ts";
import { isRemoteId } from "../../call/parse-json.ts";
import { parseObject } from "../../call/parse-reply.ts";
import { timed, type Untimed } from "../../call/run-calls.ts";
import type { CallContext, CallOutcome, Connector, GroupConnector, RemoteUser, Target } from "../../connector.ts";
import { notScimClass } from "../../failure-class.ts";
import type { ConnectorDeps } from "../kind.ts";
import { secretsInForce } from "./secrets-in-force.ts";
import { changeType, messageId, userMessage, type WebhookMessage } from "./webhook-message.ts";
import { acknowledgementOf } from "./webhook-options.ts";

type Tell = (
  message: WebhookMessage,
  operation: "create" | "notify",
  context: CallContext,
) => Promise<Untimed<CallOutcome<Attributes>>>;

/**
 * Makes the connector for receivers of signed messages (Standard Webhooks). Every change of a person is one message with the whole of
 * what should be. It can be asked nothing: whoever goes by its profile does not.
 */
export function createWebhookConnector(deps: ConnectorDeps, target: Target): Connector {
  const now = deps.now ?? (() => new Date());
  const { auth } = target;
  if (!("scheme" in auth) || auth.scheme !== "signature") throw new Error("A webhook signs what it sends");
  const callTarget = createCallTarget({ dialer: deps.dialer, now, mediaType: "application/json" }, target);

  const tell: Tell = async (message, operation, context) => {
    const id = messageId(message, now());
    const sign = (body: string) =>
      signWebhook(secretsInForce(auth, now()), { id, timestampS: Math.floor(now().getTime() / 1_000), body });
    const answer = await callTarget({ operation, method: "POST", path: "", body: message, sign }, context);
    return answer.kind === "failure"
      ? toResult(answer)
      : { kind: "ok", value: answerOf(answer), status: answer.status };
  };
  const judge = acknowledgementOf(target.options) === "account" ? requireAccount : believe;

  return {
    createUser: (payload, context) =>
      timed(async () => {
        const id = context.subject?.userId ?? String(payload["externalId"]);
        const told = await tell(userMessage("user.created", { id, user: payload }, context), "create", context);
        return judge(told, { operation: "create", make: (account) => account ?? toAccount({ id }) });
      }),
    updateUser: (remoteId, change, context) =>
      timed(async () => {
        const message = userMessage(changeType(change), { id: remoteId, user: change.to }, context);
        const told = await tell(message, "notify", context);
        return judge(told, { operation: "write", make: (account) => account });
      }),
    deleteUser: (remoteId, context) =>
      timed(async () => {
        const told = await tell(userMessage("user.deleted", { id: remoteId }, context), "notify", context);
        const gone = judge(told, { operation: "write", make: (account) => account });
        if (gone.kind !== "ok" || gone.value?.active !== true) return toNothing(gone);
        return { kind: "transient", status: gone.status, detail: "the answer shows the account as active" };
      }),
    probe: (context) =>
      timed(async () => toNothing(await tell({ type: "connection.check", data: {} }, "notify", context))),
    readUser: () => timed(async () => cannot("read back")),
    findUsers: () => timed(async () => ({ kind: "ok", value: [], status: null })),
    listUsers: () => timed(async () => cannot("listed")),
    groups: groupsOf(tell),
  };
}

/** Members are told of as what comes and goes, so that a message of theirs may be sent twice. */
function groupsOf(tell: Tell): GroupConnector {
  const say = (type: string, data: Attributes, context: CallContext) =>
    timed(async () => {
      const told = await tell({ type, data }, "notify", context);
      return told.kind === "ok" ? { ...told, value: null } : told;
    });
  return {
    createGroup: (group, context) =>
      timed(async () => {
        const { externalId, displayName } = group;
        const told = await tell({ type: "group.created", data: { id: externalId, displayName } }, "create", context);
        const value = { remoteId: externalId, externalId, displayName, members: null };
        return told.kind === "ok" ? { ...told, value } : told;
      }),
    renameGroup: (id, displayName, context) => say("group.renamed", { id, displayName }, context),
    changeMembers: (id, { add, remove }, context) =>
      say("group.members.changed", { id, add: [...add], remove: [...remove] }, context),
    replaceGroup: (id, { displayName, members }, context) =>
      say("group.replaced", { id, displayName, members: [...members] }, context),
    deleteGroup: (id, context) => say("group.deleted", { id }, context),
    readGroup: () => timed(async () => cannot("read back")),
    findGroups: () => timed(async () => ({ kind: "ok", value: [], status: null })),
  };
}

type Judged<T> = {
  operation: "create" | "write";
  make(account: RemoteUser | null): T;
};

/** Any 2xx is success. What it says of the account is believed, so that one that contradicts what was asked is found out (F42). */
function believe<T>(told: Awaited<ReturnType<Tell>>, { make }: Judged<T>): Untimed<CallOutcome<T>> {
  return told.kind === "ok" ? { ...told, value: make(accountIn(told.value)) } : told;
}

/** A 2xx that does not say how the account is now counts for nothing, such as that of a queue or a login page. */
function requireAccount<T>(told: Awaited<ReturnType<Tell>>, { operation, make }: Judged<T>): Untimed<CallOutcome<T>> {
  if (told.kind !== "ok") return told;
  const account = accountIn(told.value);
  if (account !== null && account.active !== null) return { ...told, value: make(account) };
  const detail = 'the answer has no {"account": {"id": …, "active": …}}, which this connection asks for';
  return { kind: notScimClass(operation), status: told.status, detail };
}

function accountIn(answer: Attributes): RemoteUser | null {
  const account = answer["account"] ?? null;
  if (!isAttributes(account) || typeof account["id"] !== "string" || !isRemoteId(account["id"])) return null;
  const active = account["active"];
  return toAccount({ id: account["id"], ...(typeof active === "boolean" ? { active } : {}) });
}

const toAccount = ({ id, active }: { id: string; active?: boolean }): RemoteUser => ({
  remoteId: id,
  externalId: null,
  userName: null,
  active: active ?? null,
  resource: {},
});

const answerOf = ({ body }: Success): Attributes => parseObject(body) ?? {};

const cannot = (what: string) => ({ kind: "permanent", status: null, detail: `a webhook cannot be ${what}` }) as const;

function toNothing<T>(told: Untimed<CallOutcome<T>>): Untimed<CallOutcome<null>> {
  return told.kind === "ok" ? { ...told, value: null } : told;
}

function toResult({ class: kind, status, detail, retryAfterMs }: Failure): Untimed<CallOutcome<never>> {
  if (kind === "throttled") return { kind, retryAfterMs, status, detail };
  // There is one address for everybody: whoever it does not know, it does not know at all.
  return { kind: kind === "gone" || kind === "perhapsGone" ? "connection" : kind, status, detail };
}
