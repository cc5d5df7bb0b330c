import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { readJson, readQuery } from "@muster/runtime";
import { formatVersion, parseIfMatch, parseIfNoneMatch, ScimError, toErrorBody } from "@muster/scim";
import type { ApiDeps } from "../api-deps.ts";
import { addNotes, type RequestLog, type RequestRecording } from "../request-log/record-requests.ts";
import type { ScimReply, ScimRoute } from "../route.ts";
import type { Authenticator } from "./authenticate.ts";
import type { Caller } from "./caller.ts";
import { compileRoutes, matchRoute } from "./match-route.ts";
import { readDirectoryTarget } from "./request-path.ts";
import { RefusedAccess, toScimError } from "./to-scim-error.ts";

const SCIM_TYPE = "application/scim+json";
/** A client that may try again is told to wait this long. */
const RETRY_AFTER_S = "1";

/**
 * Serves `/scim/v2/{directoryId}/…`: who is it, then which route, then what does it say; the answer, then its record.
 * Without a token of exactly this directory every path, known or not, answers the same 401 (V17) and leaves no record in
 * anybody's log. Every answer, errors included, is SCIM.
 */
export function createScimEndpoint(
  deps: ApiDeps,
  entrance: {
    authenticator: Authenticator;
    callerOf(req: IncomingMessage): Caller;
    routes: readonly ScimRoute[];
    requestLog: RequestLog;
  },
): RequestListener {
  const { authenticator, callerOf, routes, requestLog } = entrance;
  const compiled = compileRoutes(routes, (route) => route);

  async function answer(req: IncomingMessage, recording: RequestRecording): Promise<ScimReply> {
    const target = readDirectoryTarget(req.url ?? "");
    const { directoryId, segments } = target;
    recording.target = target;
    const access = await authenticator.directory(callerOf(req), directoryId, (proven) => {
      recording.access = proven;
    });
    const match = matchRoute(compiled, req.method ?? "", segments);
    if (match.kind === "unknown")
      throw new ScimError(404, undefined, `There is no endpoint "/${segments.join("/")}" here`);
    if (match.kind === "wrongMethod") throw new WrongMethod(match.allowed, segments.join("/"));
    const { route, params } = match;
    const missing = route.needs.find((permission) => !access.may(permission));
    if (missing !== undefined) throw new ScimError(403, undefined, `This token does not allow ${missing}`);
    const body = route.maxBodyBytes === 0 ? undefined : await readBody(req, route.maxBodyBytes);
    recording.body = body;
    return await route.handle(deps, {
      // The scope is everybody's who has this token; the trace is this request's.
      scope: { ...access.scope, traceId: recording.traceId },
      directory: access.directory,
      may: access.may,
      note: (notes) => addNotes(recording, notes),
      baseUrl: `${deps.publicUrl}/scim/v2/${directoryId}`,
      id: params.id ?? "",
      query: Object.fromEntries(readQuery(req.url ?? "")),
      body,
      ifMatch: parseIfMatch(req.headers["if-match"]),
      ifNoneMatch: parseIfNoneMatch(req.headers["if-none-match"]),
    });
  }

  return (req, res) => {
    const recording = requestLog.begin(req);
    answer(req, recording).then(
      (reply) => {
        sendReply(req, res, reply);
        requestLog.answered(req, recording, { status: reply.status, resourceId: reply.body?.id });
      },
      (error: unknown) => {
        const refused = toScimError(deps.logger, error);
        sendError(req, res, refused);
        requestLog.answered(req, recording, {
          status: refused.status,
          refused: { scimType: refused.scimType, message: refused.message, cause: error },
        });
      },
    );
  };
}

class WrongMethod extends ScimError {
  readonly allowed: string[];
  constructor(allowed: string[], path: string) {
    super(405, undefined, `"/${path}" takes ${allowed.join(", ")}`);
    this.allowed = allowed;
  }
}

async function readBody(req: IncomingMessage, maxBytes: number): Promise<unknown> {
  const type = (req.headers["content-type"] ?? SCIM_TYPE).split(";", 1)[0]?.trim().toLowerCase();
  if (type !== SCIM_TYPE && type !== "application/json")
    throw new ScimError(415, undefined, `Send the body as ${SCIM_TYPE} or application/json`);
  const body = await readJson(req, { maxBytes });
  if (body === undefined) throw new ScimError(400, "invalidSyntax", "The request needs a JSON body");
  return body;
}

type Headers = Record<string, string | number>;

function sendReply(req: IncomingMessage, res: ServerResponse, reply: ScimReply): void {
  const headers: Headers = { "Cache-Control": "no-store" };
  if (reply.location !== undefined) headers.Location = reply.location;
  if (reply.version !== undefined) headers.ETag = formatVersion(reply.version);
  send(req, res, reply.status, headers, reply.body);
}

function sendError(req: IncomingMessage, res: ServerResponse, known: ScimError): void {
  const headers: Headers = { "Cache-Control": "no-store" };
  if (known.status === 401) headers["WWW-Authenticate"] = 'Bearer realm="scim"';
  if (known instanceof RefusedAccess) headers["Retry-After"] = String(known.retryAfterS);
  if (known.status === 503) headers["Retry-After"] = RETRY_AFTER_S;
  if (known instanceof WrongMethod) headers.Allow = known.allowed.join(", ");
  send(req, res, known.status, headers, toErrorBody(known));
}

/** Adds to the headers what the body says of itself. Content of the type that the client takes: SCIM's own unless only plain JSON is accepted (RFC 7644 §3.1). */
function send(req: IncomingMessage, res: ServerResponse, status: number, headers: Headers, body: unknown): void {
  if (res.headersSent || res.destroyed) return;
  if (body === undefined) {
    res.writeHead(status, headers).end();
    return;
  }
  const accept = req.headers.accept ?? "";
  const plain = accept.includes("application/json") && !accept.includes(SCIM_TYPE);
  const text = JSON.stringify(body);
  headers["Content-Type"] = plain ? "application/json" : SCIM_TYPE;
  headers["Content-Length"] = Buffer.byteLength(text);
  res.writeHead(status, headers);
  res.end(req.method === "HEAD" ? undefined : text);
}
