import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { type AppAuth, isSignedIn } from "./app-auth.ts";
import type { AppState } from "./app-state.ts";
import type { FaultBoard, Outcome, Strike } from "./fault-board.ts";
import type { Ledger, LedgerEntry } from "./ledger.ts";
import { readRequestBody } from "./read-request-body.ts";
import { answerScim, type EndpointRules, failureReply, type ScimReply } from "./scim-endpoint.ts";
import { ScimFailure } from "./scim-failure.ts";
import { type RawReply, scimReply, sendBeginning, sendHuge, sendReply } from "./send-reply.ts";

export type ScimServerDeps = {
  state: AppState;
  rules: EndpointRules;
  ledger: Ledger;
  faults: FaultBoard;
  auth(): AppAuth;
  /** Milliseconds since the epoch. */
  now(): number;
  maxBodyBytes: number;
};

/** A request's target, its path below the base URL. */
export type ScimTarget = { path: string; query: string };

/** Serves one request on the SCIM side: ledger, faults, sign-in, then the endpoint itself. */
export async function serveScim(
  deps: ScimServerDeps,
  target: ScimTarget,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const atMs = deps.now();
  const body = await readRequestBody(request, deps.maxBodyBytes);
  if (body.kind === "aborted") return;
  const text = body.kind === "text" ? body.text : "";
  const method = request.method ?? "GET";
  const { traceparent } = request.headers;
  const tokenOk = isSignedIn(deps.auth(), request.headers);
  const strike = deps.faults.take({ method, path: target.path, query: decodeQuery(target.query), body: text });
  const entry = deps.ledger.open({
    atMs,
    method,
    ...target,
    tokenOk,
    ...(traceparent !== undefined && { traceparent: String(traceparent) }),
    ...(text !== "" && { requestBody: text }),
    ...(strike.kinds.length > 0 && { faults: strike.kinds }),
  });

  if (strike.beforeMs > 0) await delay(strike.beforeMs);
  const refusal = strike.outcome === undefined ? undefined : insteadOfApplying(strike.outcome);
  if (strike.outcome?.kind === "hang") {
    // The entry is closed when the caller gives up, or when the app closes.
    const closed = (): void => deps.ledger.close(entry, deps.now());
    if (response.destroyed) closed();
    else response.once("close", closed);
    return;
  }
  const reply = refusal ?? apply(deps, entry, { request, method, target, tokenOk, text, strike, body: body.kind });
  entry.status = reply.status;
  const retryAfter = reply.headers?.["retry-after"];
  if (retryAfter !== undefined) entry.retryAfter = retryAfter;
  if (strike.afterMs > 0) await delay(strike.afterMs);
  entry.answered = deliver(response, reply, strike.outcome);
  deps.ledger.close(entry, deps.now());
}

type Received = {
  request: IncomingMessage;
  method: string;
  target: ScimTarget;
  tokenOk: boolean;
  text: string;
  strike: Strike;
  body: "text" | "too-large";
};

function apply(deps: ScimServerDeps, entry: LedgerEntry, received: Received): RawReply {
  const { strike, target } = received;
  if (!received.tokenOk) return unauthorized();
  if (received.body === "too-large") {
    return refusalReply(new ScimFailure(413, undefined, `a body may have ${deps.maxBodyBytes} bytes`));
  }
  const answer = answerScim(deps.state, deps.rules, {
    method: received.method,
    ...target,
    contentType: received.request.headers["content-type"],
    body: received.text,
    nowMs: deps.now(),
    delay: { hiddenMs: strike.hiddenMs, uncountedMs: strike.uncountedMs },
  });
  noteSubject(entry, answer);
  if (strike.outcome?.kind === "status") return statusReply(strike.outcome);
  const alterations = answer.status < 300 ? strike.alterations : undefined;
  const body =
    alterations === undefined || answer.body === undefined ? answer.body : { ...answer.body, ...alterations };
  return scimReply(answer.status, body, answer.headers);
}

function noteSubject(entry: LedgerEntry, { subject }: ScimReply): void {
  if (subject === undefined) return;
  entry.remoteId = subject.remoteId;
  if (subject.userName !== undefined) entry.userName = subject.userName;
  if (subject.externalId !== undefined) entry.externalId = subject.externalId;
  if (subject.active !== undefined) entry.active = subject.active;
}

function insteadOfApplying(outcome: Outcome): RawReply | undefined {
  switch (outcome.kind) {
    case "status":
      return outcome.applied === true ? undefined : statusReply(outcome);
    case "unauthorized":
      return unauthorized();
    case "html200":
      return { status: 200, contentType: "text/html; charset=utf-8", body: LOGIN_PAGE };
    case "reply":
      return {
        status: outcome.status,
        contentType: outcome.contentType,
        body: outcome.body,
        ...(outcome.headers !== undefined && { headers: outcome.headers }),
      };
    case "hang":
    case "swallow":
    case "reset":
    case "huge-reply":
      return undefined;
  }
}

const LOGIN_PAGE =
  "<!doctype html><html><head><title>Sign in</title></head><body><form>Please sign in to continue</form></body></html>";

function statusReply(outcome: Outcome & { kind: "status" }): RawReply {
  const headers = outcome.retryAfter === undefined ? undefined : { "retry-after": outcome.retryAfter };
  return refusalReply(new ScimFailure(outcome.status, undefined, outcome.detail ?? "the app is out of order"), headers);
}

// RFC 9110 §15.5.2: a 401 has WWW-Authenticate.
function unauthorized(): RawReply {
  const headers = { "www-authenticate": 'Bearer realm="sample app"' };
  return refusalReply(new ScimFailure(401, undefined, "the credential is missing or wrong"), headers);
}

function refusalReply(failure: ScimFailure, headers?: Record<string, string>): RawReply {
  const { status, body } = failureReply(failure);
  return scimReply(status, body, headers);
}

function deliver(response: ServerResponse, reply: RawReply, outcome: Outcome | undefined): boolean {
  if (response.destroyed) return false;
  if (outcome?.kind === "swallow") {
    if (outcome.how === "destroy") response.socket?.destroy();
    return false;
  }
  if (outcome?.kind === "reset") {
    sendBeginning(response, reply, outcome.afterBytes);
    return false;
  }
  if (outcome?.kind === "huge-reply") sendHuge(response, reply, outcome.totalBytes);
  else sendReply(response, reply);
  return true;
}

function decodeQuery(query: string): string {
  try {
    return decodeURIComponent(query.replaceAll("+", " "));
  } catch {
    return query;
  }
}
