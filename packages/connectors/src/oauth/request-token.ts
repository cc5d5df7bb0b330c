import type { Dialer, DialReply, DialTls } from "@muster/runtime";
import manifest from "../../package.json" with { type: "json" };
import type { CredentialContext, NoCredential } from "../credential-source.ts";
import { dialFailureClass } from "../failure-class.ts";
import { createRedactor } from "../redact-text.ts";
import { parseRetryAfter } from "../retry-after.ts";
import type { TokenRequest } from "./token-request.ts";

export type IssuedTokens = {
  accessToken: string;
  /** Null where the server says nothing of how long it lives. */
  expiresInSeconds: number | null;
  /** The refresh token that holds from now on; null where the one that was sent goes on holding. */
  refreshToken: string | null;
};

/** `error` is the code of RFC 6749 section 5.2, where the endpoint gave one. */
export type TokenOutcome = { kind: "issued"; tokens: IssuedTokens } | (NoCredential & { error: string | null });

export type RequestTokenDeps = { dialer: Dialer; now: () => Date; tls?: DialTls | undefined };

/** A token endpoint that has not answered by then keeps everything else waiting too long. */
const MOST_MS = 10_000;
/** What goes into a header as it is (RFC 6750 section 2.1); no server issues longer ones that work. */
const TOKEN = /^[\x21-\x7E]{1,16384}$/;
const ERROR_CODE = /^[a-z_]{1,64}$/;

/** What an administrator can do about the answers of RFC 6749 section 5.2. */
const FIXES: Readonly<Record<string, string>> = {
  invalid_client: "check the client's id and its secret or key, and how they are sent",
  unauthorized_client: "allow this client the grant at the authorization server",
  invalid_grant: "the grant is over or was taken back, or the assertion names somebody that the app does not know",
  invalid_scope: "check the scope",
  invalid_target: "check the audience or resource",
  unsupported_grant_type: "choose a sign-in that the authorization server offers",
};

/** Asks a token endpoint (RFC 6749 section 5); what it answered is told without any secret. */
export async function requestToken(
  deps: RequestTokenDeps,
  request: TokenRequest,
  { signal, timeoutMs }: CredentialContext,
): Promise<TokenOutcome> {
  const reply = await deps.dialer.request({
    url: request.url,
    method: "POST",
    headers: {
      ...request.headers,
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded",
      "user-agent": `Muster/${manifest.version}`,
    },
    body: request.form.toString(),
    ...(deps.tls === undefined ? {} : { tls: deps.tls }),
    signal,
    timeoutMs: Math.min(timeoutMs, MOST_MS),
  });
  const redact = createRedactor(request.secrets);
  return reply.kind === "reply"
    ? readReply(reply, redact, deps.now().getTime())
    : {
        ...failed(reply.sent ? "transient" : unsentClass(reply), `failed (${reply.code}): ${reply.detail}`, redact),
        status: reply.status,
      };
}

type Redact = ReturnType<typeof createRedactor>;
type Reply = Extract<DialReply, { kind: "reply" }>;

function unsentClass(reply: Extract<DialReply, { kind: "failed" }>): "connection" | "transient" {
  return dialFailureClass("read", reply) === "connection" ? "connection" : "transient";
}

function failed(kind: NoCredential["class"], said: string, redact: Redact): NoCredential & { error: string | null } {
  return {
    kind: "failed",
    class: kind,
    status: null,
    retryAfterMs: null,
    error: null,
    detail: redact(`The token endpoint ${said}`),
  };
}

function readReply({ status, headers, body }: Reply, redact: Redact, nowMs: number): TokenOutcome {
  const parsed = parseJson(body);
  const error = typeof parsed["error"] === "string" && ERROR_CODE.test(parsed["error"]) ? parsed["error"] : null;
  if (status >= 200 && status < 300 && error === null) return readTokens(status, parsed, redact);
  const retryAfterMs = parseRetryAfter(headers["retry-after"], nowMs);
  const description = typeof parsed["error_description"] === "string" ? parsed["error_description"] : "";
  const fix = error === null ? undefined : FIXES[error];
  const where = status >= 300 && status < 400 ? `: redirects are not followed (${String(headers["location"])})` : "";
  const words = [error, description].filter(Boolean).join(": ") + where;
  const said = `answered ${status}${words === "" ? "" : ` ${words}`}${fix === undefined ? "" : `; ${fix}`}`;
  return { ...failed(classOf(status, error, retryAfterMs), said, redact), status, retryAfterMs, error };
}

/** What is said about the client or the grant stays true until somebody acts; only an overload or an outage ends by itself. */
function classOf(status: number, error: string | null, retryAfterMs: number | null): NoCredential["class"] {
  if (status === 429 || (retryAfterMs !== null && (status === 503 || status === 403))) return "throttled";
  if (status >= 500 || error === "temporarily_unavailable" || error === "server_error") return "transient";
  return status === 408 || status === 425 ? "transient" : "connection";
}

function readTokens(status: number, parsed: Readonly<Record<string, unknown>>, redact: Redact): TokenOutcome {
  const { access_token: accessToken, token_type: type, refresh_token: refreshToken } = parsed;
  if (typeof accessToken !== "string" || !TOKEN.test(accessToken))
    return { ...failed("transient", `answered ${status} without an access token`, redact), status };
  if (typeof type === "string" && type.toLowerCase() !== "bearer")
    return { ...failed("connection", `gives tokens of type ${type}; only Bearer is known`, redact), status };
  return {
    kind: "issued",
    tokens: {
      accessToken,
      expiresInSeconds: secondsOf(parsed["expires_in"]),
      refreshToken: typeof refreshToken === "string" && TOKEN.test(refreshToken) ? refreshToken : null,
    },
  };
}

/** Some servers write the number as text. */
function secondsOf(value: unknown): number | null {
  const seconds = typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
  return Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}

function parseJson(body: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
