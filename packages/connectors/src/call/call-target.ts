import type { Dialer, DialMethod, DialReply, ReplyHeaders } from "@muster/runtime";
import { type Attributes, isAttributes, type Json } from "@muster/scim";
import manifest from "../../package.json" with { type: "json" };
import type { CallContext, Target } from "../connector.ts";
import { type Credential, fixedCredential, type NoCredential } from "../credential-source.ts";
import { dialFailureClass, type FailureClass, failureClass, type Operation } from "../failure-class.ts";
import { generic } from "../profiles/generic.ts";
import { createRedactor } from "../redact-text.ts";
import { parseRetryAfter } from "../retry-after.ts";
import { parseScimError, type ScimErrorBody } from "./parse-reply.ts";
import { showExchange } from "./show-exchange.ts";
import { traceparentOf } from "./traceparent.ts";

export type TargetCall = {
  operation: Operation;
  method: DialMethod;
  /** Below the base URL, ids already encoded. */
  path: string;
  query?: string;
  /** Sent as JSON. */
  body?: Json;
  /** Headers that depend on the very text that is sent, as a signature does. */
  sign?: (text: string) => Readonly<Record<string, string>>;
  /** Beside those of every request, for apps that ask for more; never one that signs in. */
  headers?: Readonly<Record<string, string>>;
};

export type Success = { kind: "success"; status: number; headers: ReplyHeaders; body: string; excerpt: string };
export type Failure = {
  kind: "failure";
  class: FailureClass;
  status: number | null;
  isScimError: boolean;
  /** Null where the answer names none. */
  scimType: string | null;
  retryAfterMs: number | null;
  /** The app takes no body of this size. */
  isTooLarge: boolean;
  detail: string;
};

/** Sends one request to the target and classes what is not a success. */
export type CallTarget = (call: TargetCall, context: CallContext) => Promise<Success | Failure>;

export type CallTargetDeps = {
  dialer: Dialer;
  now: () => Date;
  /** Of what is sent and wanted; SCIM's unless said. */
  mediaType?: string;
  /** Reads what the app says of an error; SCIM 2.0's unless said. */
  readError?: (body: string) => ScimErrorBody | null;
};

/** A masked body is bounded at 8 KB already; this is only in case. */
const MAX_SHOWN = 20_000;

const SCIM = "application/scim+json";

/** Makes the function that speaks to one target: its URL, its credentials and what of them may never show up in a text. */
export function createCallTarget(deps: CallTargetDeps, target: Target): CallTarget {
  const endpoint = createEndpoint(target.baseUrl);
  const { auth, tls } = target;
  const credentials = "scheme" in auth ? fixedCredential(auth) : auth;
  const { bodyBytes } = (target.profile ?? generic).limits;
  let signedLast: Signed | null = null;

  // A credential holds for many requests, and what is made of it with it.
  function signedBy(credential: Credential): Signed {
    if (signedLast?.credential !== credential) signedLast = toSigned(credential, deps.mediaType ?? SCIM);
    return signedLast;
  }

  async function send(call: TargetCall, signed: Signed, body: string | null, context: CallContext): Promise<DialReply> {
    const { signal, timeoutMs, traceId, observe } = context;
    const headers = {
      // What a call adds takes nothing away, the sign-in least of all.
      ...call.headers,
      ...(body === null ? signed.readHeaders : signed.writeHeaders),
      ...(body === null ? {} : call.sign?.(body)),
    };
    const reply = await deps.dialer.request({
      url: endpoint(call.path, call.query),
      method: call.method,
      headers: traceId === undefined ? headers : { ...headers, traceparent: traceparentOf(traceId) },
      ...(body === null ? {} : { body }),
      ...(tls === undefined ? {} : { tls }),
      signal,
      timeoutMs,
    });
    observe?.(() => showExchange(call, reply, signed.redactWhole));
    return reply;
  }

  return async (call, context) => {
    const body = call.body === undefined ? null : JSON.stringify(call.body);
    if (body !== null && bodyBytes !== null && Buffer.byteLength(body) > bodyBytes) return tooLarge(call, bodyBytes);
    const deadlineMs = performance.now() + context.timeoutMs;
    const rest = (): CallContext => ({
      ...context,
      timeoutMs: Math.max(1, Math.floor(deadlineMs - performance.now())),
    });
    let found = await credentials.get(context);
    if (found.kind === "failed") return unsigned(call, found);
    let reply = await send(call, signedBy(found.credential), body, rest());
    // Tokens end, and are taken back, at any time. A request that was not let in has done nothing, so it may go again.
    if (reply.kind === "reply" && reply.status === 401 && credentials.refused(found.credential)) {
      found = await credentials.get(rest());
      if (found.kind === "failed") return unsigned(call, found);
      reply = await send(call, signedBy(found.credential), body, rest());
    }
    const { redact } = signedBy(found.credential);
    const password = isAttributes(call.body ?? null) ? (call.body as Attributes)["password"] : undefined;
    const clean = (text: string) => redact(text, typeof password === "string" ? [password] : []);
    if (reply.kind === "reply" && reply.status < 300) {
      return {
        kind: "success",
        status: reply.status,
        headers: reply.headers,
        body: reply.body,
        get excerpt() {
          return clean(`${call.method} answered ${reply.status}: ${reply.body}`);
        },
      };
    }
    const scimError = reply.kind === "reply" ? (deps.readError ?? parseScimError)(reply.body) : null;
    return toFailure({ call, reply, scimError }, clean, deps.now().getTime());
  };
}

type Signed = {
  credential: Credential;
  readHeaders: Readonly<Record<string, string>>;
  writeHeaders: Readonly<Record<string, string>>;
  redact: ReturnType<typeof createRedactor>;
  redactWhole: ReturnType<typeof createRedactor>;
};

function toSigned(credential: Credential, mediaType: string): Signed {
  const readHeaders = { ...credential.headers, accept: mediaType, "user-agent": `Muster/${manifest.version}` };
  return {
    credential,
    readHeaders,
    writeHeaders: { ...readHeaders, "content-type": mediaType },
    redact: createRedactor(credential.secrets),
    redactWhole: createRedactor(credential.secrets, MAX_SHOWN),
  };
}

/** A request that was not sent, so that nothing of it has happened; for good, unless said. */
export function notSent(
  detail: string,
  why: Partial<Pick<Failure, "class" | "retryAfterMs" | "isTooLarge">> = {},
): Failure {
  return {
    kind: "failure",
    class: "permanent",
    status: null,
    isScimError: false,
    scimType: null,
    retryAfterMs: null,
    isTooLarge: false,
    ...why,
    detail,
  };
}

/** There was nothing to sign it with. What the token endpoint answered says nothing about the app. */
const unsigned = ({ method }: TargetCall, { class: kind, retryAfterMs, detail }: NoCredential): Failure =>
  notSent(`${method} was not sent: ${detail}`, { class: kind, retryAfterMs });

/** The app is known to refuse it. */
const tooLarge = ({ method }: TargetCall, bodyBytes: number): Failure =>
  notSent(`${method} was not sent: its body is larger than the ${bodyBytes} bytes that the app takes`, {
    isTooLarge: true,
  });

type Refused = { call: TargetCall; reply: DialReply; scimError: ScimErrorBody | null };

function toFailure({ call, reply, scimError }: Refused, clean: (text: string) => string, nowMs: number): Failure {
  if (reply.kind === "failed") {
    return {
      kind: "failure",
      class: dialFailureClass(call.operation, reply),
      status: reply.status,
      isScimError: false,
      scimType: null,
      retryAfterMs: null,
      isTooLarge: false,
      detail: clean(`${call.method} failed (${reply.code}): ${reply.detail}`),
    };
  }
  const { status, headers, body } = reply;
  const retryAfterMs = parseRetryAfter(headers["retry-after"], nowMs);
  const scimType = scimError?.scimType ?? null;
  const isScimError = scimError !== null;
  const words = [scimType, scimError?.detail ?? body, status < 400 ? (headers["location"] ?? "") : ""];
  return {
    kind: "failure",
    class: failureClass(call.operation, { status, scimType, isScimError, retryAfterMs }),
    status,
    isScimError,
    scimType,
    retryAfterMs,
    isTooLarge: status === 413 || scimType?.toLowerCase() === "toomany",
    detail: clean(`${call.method} answered ${status}: ${words.filter(Boolean).join(" ")}`),
  };
}

/** Base URLs come with and without a slash at the end, some with a query string that every request must carry. */
function createEndpoint(baseUrl: string): (path: string, query?: string) => string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  const query = url?.search.slice(1) ?? "";
  if (url) {
    url.search = "";
    url.hash = "";
  }
  // What is no URL, or holds a user name, is left as it is: the dialler refuses it by name.
  const prefix = (url?.href ?? baseUrl).replace(/\/+$/, "");
  return (path, more) => {
    // The address itself, with or without a slash at its end: to some servers those are two.
    if (path === "" && more === undefined) return url === null ? baseUrl : url.href + (query === "" ? "" : `?${query}`);
    const all = [query, more ?? ""].filter(Boolean).join("&");
    return `${prefix}${path}${all === "" ? "" : `?${all}`}`;
  };
}
