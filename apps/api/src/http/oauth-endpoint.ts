import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { directoryScopes } from "@muster/contract";
import { parseBasic } from "@muster/credentials";
import { BodyError, type Logger, readForm, uuidV7 } from "@muster/runtime";
import { StoreUnavailable } from "@muster/store";
import { AccessRefused } from "./access-refused.ts";
import { ACCESS_TOKEN_S, type Authenticator, type ClientAccess } from "./authenticate.ts";
import type { Caller } from "./caller.ts";
import { pathSegments } from "./request-path.ts";

/** The largest honest request is some 300 bytes. */
const MAX_BODY_BYTES = 8_192;
/** RFC 6749 §5.1 and §5.2: neither tokens nor refusals may be kept on the way. */
const HEADERS = { "Cache-Control": "no-store", Pragma: "no-cache", "Content-Type": "application/json" };
const SCOPE_NAMES: ReadonlySet<string> = new Set(directoryScopes);

type Answer = { status: number; body: object; headers?: Record<string, string> };

/** Why no token is given, in the words of RFC 6749 §5.2. */
class OAuthError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;
  constructor(status: number, code: string, description: string, headers: Record<string, string> = {}) {
    super(description);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/**
 * Serves `POST /oauth/v2/{directoryId}/token`: a client's id and secret for an access token that opens that directory for
 * ten minutes (RFC 6749 §4.4, RFC 9068). Every answer is JSON, errors included.
 */
export function createOAuthEndpoint(
  deps: { logger: Logger },
  authenticator: Authenticator,
  callerOf: (req: IncomingMessage) => Caller,
): RequestListener {
  async function answer(req: IncomingMessage): Promise<Answer> {
    const [, version, directoryId = "", last, ...more] = pathSegments(req.url ?? "");
    if (version !== "v2" || last !== "token" || more.length > 0)
      throw new OAuthError(404, "invalid_request", "There is only POST /oauth/v2/{directoryId}/token here");
    if (req.method !== "POST")
      throw new OAuthError(405, "invalid_request", "The token endpoint takes POST", { Allow: "POST" });
    const form = await readForm(req, { maxBytes: MAX_BODY_BYTES });
    const caller = callerOf(req);
    const client = await authenticator.client(caller, directoryId, readClient(caller, form));
    const grantType = form.get("grant_type");
    if (grantType === undefined) throw new OAuthError(400, "invalid_request", "grant_type is missing");
    if (grantType !== "client_credentials")
      throw new OAuthError(400, "unsupported_grant_type", "grant_type must be client_credentials");
    const scopes = readScopes(client, form.get("scope"));
    const token = await client.issue(scopes);
    return {
      status: 200,
      body: {
        access_token: token,
        token_type: "Bearer",
        expires_in: ACCESS_TOKEN_S,
        ...(scopes === null ? {} : { scope: scopes.join(" ") }),
      },
    };
  }
  return (req, res) => {
    answer(req)
      .catch((error: unknown) => toAnswer(deps.logger, error))
      .then((done) => send(res, done))
      .catch((error: unknown) => deps.logger.error({ error }, "an answer could not be sent"));
  };
}

/** The client's id and secret, from the header or from the body, but not from both (RFC 6749 §2.3). */
function readClient(caller: Caller, form: ReadonlyMap<string, string>): { id: string; secret: string } {
  const id = form.get("client_id");
  const secret = form.get("client_secret");
  if (caller.authorization === undefined) return { id: id ?? "", secret: secret ?? "" };
  if (secret !== undefined)
    throw new OAuthError(400, "invalid_request", "Send the client's secret in the header or in the body, not in both");
  const basic = parseBasic(caller.authorization);
  if (basic !== null && id !== undefined && id !== basic.clientId)
    throw new OAuthError(400, "invalid_request", "client_id in the body is another than in the header");
  return { id: basic?.clientId ?? "", secret: basic?.clientSecret ?? "" };
}

/** A scope only ever narrows what the client may. */
function readScopes(client: ClientAccess, scope: string | undefined): string[] | null {
  if (scope === undefined) return null;
  const wanted = [...new Set(scope.split(" "))];
  if (wanted.some((one) => !SCOPE_NAMES.has(one) || !client.may(one)))
    throw new OAuthError(
      400,
      "invalid_scope",
      `A scope is not one of this client's, or unknown: ${directoryScopes.join(", ")}`,
    );
  return wanted;
}

function toAnswer(logger: Logger, error: unknown): Answer {
  if (error instanceof OAuthError) return refusal(error.status, error.code, error.message, error.headers);
  if (error instanceof BodyError) return refusal(error.status, "invalid_request", error.reason);
  if (error instanceof AccessRefused) return ofAccess(error);
  if (error instanceof StoreUnavailable) {
    logger.warn({ error }, "the database is away");
    return refusal(503, "temporarily_unavailable", "Try again shortly", { "Retry-After": "1" });
  }
  const errorId = uuidV7();
  logger.error({ error, errorId }, "an OAuth request failed");
  return refusal(500, "server_error", `Something went wrong here; error ${errorId}`);
}

function ofAccess(error: AccessRefused): Answer {
  switch (error.status) {
    case 401:
      return refusal(401, "invalid_client", error.message, { "WWW-Authenticate": 'Basic realm="oauth"' });
    case 403:
      return refusal(403, "unauthorized_client", error.message);
    case 429:
      return refusal(429, "temporarily_unavailable", error.message, { "Retry-After": String(error.retryAfterS ?? 1) });
  }
}

function refusal(status: number, error: string, description: string, headers: Record<string, string> = {}): Answer {
  // RFC 6749 §5.2 leaves quotation marks and backslashes out of descriptions.
  return { status, body: { error, error_description: description.replace(/["\\]/g, "'") }, headers };
}

function send(res: ServerResponse, { status, body, headers = {} }: Answer): void {
  if (res.headersSent || res.destroyed) return;
  const text = JSON.stringify(body);
  res.writeHead(status, { ...HEADERS, ...headers, "Content-Length": Buffer.byteLength(text) }).end(text);
}
