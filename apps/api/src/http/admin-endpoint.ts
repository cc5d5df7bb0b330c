import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import {
  ContractError,
  createValidator,
  invalidRequestProblem,
  type Lines,
  openApiDocument,
  type Problem,
  problem,
  problemMediaType,
} from "@muster/contract";
import { receiptJwks } from "@muster/credentials";
import { BodyError, type Logger, Refusal, readJson, readQuery, uuidV7 } from "@muster/runtime";
import { ScimError } from "@muster/scim";
import { StoreUnavailable } from "@muster/store";
import type { ApiDeps } from "../api-deps.ts";
import { readTraceId } from "../request-log/trace-context.ts";
import type { AdminRoute } from "../route.ts";
import { AccessRefused } from "./access-refused.ts";
import type { Authenticator } from "./authenticate.ts";
import type { Caller } from "./caller.ts";
import { compileRoutes, matchRoute } from "./match-route.ts";
import { pathSegments } from "./request-path.ts";
import { sendLines } from "./send-lines.ts";

/** The largest admin request is a thousand rules with long names. */
const MAX_BODY_BYTES = 1_000_000;
const OPENAPI_PATH = "/api/v1/openapi.json";
/** The public keys that receipts are verified with (RFC 7517). */
const JWKS_PATH = "/.well-known/jwks.json";

type Answer = { status: number; body?: unknown; headers?: Record<string, string>; lines?: Lines<unknown> };

/**
 * Serves `/api/v1/…` as the contract describes it: key, then route, then shape, then the use case. The description of the
 * API itself and the keys of receipts are public; everything else needs an owner's key. Errors are problem documents (RFC 9457).
 */
export function createAdminEndpoint(
  deps: ApiDeps,
  authenticator: Authenticator,
  callerOf: (req: IncomingMessage) => Caller,
  served: { routes: readonly AdminRoute[]; version: string },
): RequestListener {
  const { routes, version } = served;
  const compiled = compileRoutes(routes, (route) => route.operation);
  const validator = createValidator();
  const openApi = openApiDocument({ version, serverUrl: deps.publicUrl });
  const jwks = receiptJwks(deps.keyring);

  async function answer(req: IncomingMessage): Promise<Answer> {
    const segments = pathSegments(req.url ?? "");
    if (`/${segments.join("/")}` === OPENAPI_PATH && req.method === "GET") return { status: 200, body: openApi };
    if (`/${segments.join("/")}` === JWKS_PATH && req.method === "GET")
      return { status: 200, body: jwks, headers: { "Cache-Control": "public, max-age=3600" } };
    const scope = { ...(await authenticator.apiKey(callerOf(req))), traceId: readTraceId(req.headers.traceparent) };
    const match = matchRoute(compiled, req.method ?? "", segments);
    if (match.kind === "unknown")
      return refuse(404, `There is no "/${segments.join("/")}"; ${OPENAPI_PATH} describes what there is`);
    if (match.kind === "wrongMethod")
      return refuse(405, `"/${segments.join("/")}" takes ${match.allowed.join(", ")}`, {
        Allow: match.allowed.join(", "),
      });
    const { operation, handle } = match.route;
    const params = validator.params(operation, match.params);
    const query = validator.query(operation, Object.fromEntries(readQuery(req.url ?? "")));
    const body = validator.body(operation, await readBody(req));
    const value = await handle(deps, { scope, params, query, body } as Parameters<AdminRoute["handle"]>[1]);
    // Typed by the operation, which says that its answer is one of lines.
    if (operation.success.lines === true) return { status: operation.success.status, lines: value as Lines<unknown> };
    return operation.success.status === 204 ? { status: 204 } : { status: operation.success.status, body: value };
  }

  return (req, res) => {
    answer(req)
      .catch((error: unknown) => toAnswer(deps.logger, error))
      .then(async (done) => {
        if (done.lines === undefined) return send(req, res, done);
        await sendLines(res, done.lines).catch((error: unknown) => {
          // What has begun cannot become an error any more: it ends without its last line.
          if (res.headersSent) return void res.destroy();
          send(req, res, toAnswer(deps.logger, error));
        });
      })
      .catch((error: unknown) => deps.logger.error({ error }, "an answer could not be sent"));
  };
}

async function readBody(req: IncomingMessage): Promise<unknown> {
  if (req.method === "GET" || req.method === "HEAD") return undefined;
  const body = await readJson(req, { maxBytes: MAX_BODY_BYTES });
  const type = (req.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (body !== undefined && type !== "application/json")
    throw new BodyError("Send the body as application/json", { status: 415 });
  return body;
}

function refuse(status: number, detail: string, headers: Record<string, string> = {}): Answer {
  return { status, body: problem({ status, detail }), headers };
}

/** One place turns errors into problems; what nobody expected keeps its words to the log. */
function toAnswer(logger: Logger, error: unknown): Answer {
  if (error instanceof AccessRefused) return refuse(error.status, error.message, headersOf(error));
  if (error instanceof ContractError) return { status: 400, body: invalidRequestProblem(error) };
  if (error instanceof BodyError) return refuse(error.status, error.reason);
  if (error instanceof Refusal) return refuse(STATUS_OF[error.kind], error.message);
  if (error instanceof ScimError) return refuse(error.status, error.message);
  if (error instanceof StoreUnavailable) {
    logger.warn({ error }, "the database is away");
    return refuse(503, "The service cannot reach its database; try again shortly", { "Retry-After": "1" });
  }
  const errorId = uuidV7();
  logger.error({ error, errorId }, "an API request failed");
  return refuse(500, `Something went wrong here; error ${errorId}`);
}
function headersOf({ status, retryAfterS }: AccessRefused): Record<string, string> {
  if (status === 401) return { "WWW-Authenticate": 'Bearer realm="api"' };
  return retryAfterS === undefined ? {} : { "Retry-After": String(retryAfterS) };
}
const STATUS_OF = { notFound: 404, conflict: 409, invalid: 400, gone: 410 } as const;

function send(req: IncomingMessage, res: ServerResponse, { status, body, headers = {} }: Answer): void {
  if (res.headersSent || res.destroyed) return;
  if (body === undefined) {
    res.writeHead(status, { ...headers, "Cache-Control": "no-store" }).end();
    return;
  }
  const text = JSON.stringify(body satisfies Problem | unknown);
  res.writeHead(status, {
    ...headers,
    "Cache-Control": "no-store",
    "Content-Type": status >= 400 ? problemMediaType : "application/json",
    "Content-Length": Buffer.byteLength(text),
  });
  res.end(req.method === "HEAD" ? undefined : text);
}
