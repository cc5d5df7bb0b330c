import type { IncomingMessage, RequestListener } from "node:http";
import { createValidator, type Lines, type Live, type Operation, openApiDocument } from "@muster/contract";
import { receiptJwks } from "@muster/credentials";
import { readQuery } from "@muster/runtime";
import type { ApiDeps } from "../api-deps.ts";
import { newTraceId, readTraceId } from "../request-log/trace-context.ts";
import type { AdminRoute } from "../route.ts";
import { AccessRefused } from "./access-refused.ts";
import { type Answer, type LiveAnswer, readBody, refuse, send, toAnswer } from "./answer.ts";
import type { AdminAccess, Authenticator } from "./authenticate.ts";
import type { Browser } from "./browser.ts";
import type { Caller } from "./caller.ts";
import { createLivePlaces } from "./live-places.ts";
import { compileRoutes, matchRoute } from "./match-route.ts";
import { pathSegments } from "./request-path.ts";
import { may, whyNot } from "./rights.ts";
import { sendLines } from "./send-lines.ts";
import { sendLive } from "./send-live.ts";

const OPENAPI_PATH = "/api/v1/openapi.json";
/** The public keys that receipts are verified with (RFC 7517). */
const JWKS_PATH = "/.well-known/jwks.json";

type Begun = { operation: Operation; states: Live<unknown> };

/**
 * Serves `/api/v1/…` as the contract describes it: key, then route, then shape, then the use case. The description of the
 * API itself and the keys of receipts are public; everything else needs a key, or a session of the portal. Errors are
 * problem documents (RFC 9457).
 */
export function createAdminEndpoint(
  deps: ApiDeps,
  authenticator: Authenticator,
  read: { callerOf(req: IncomingMessage): Caller; browserOf(req: IncomingMessage): Browser },
  served: { routes: readonly AdminRoute[]; version: string },
): RequestListener {
  const { routes, version } = served;
  const compiled = compileRoutes(routes, (route) => route.operation);
  const validator = createValidator();
  const openApi = openApiDocument({ version, serverUrl: deps.publicUrl });
  const jwks = receiptJwks(deps.keyring);
  const places = createLivePlaces();

  /** What goes on is looked after by the rules by which it began, and looking at it is no use of a session. */
  function goOn(req: IncomingMessage, { credentialId }: AdminAccess, begun: Begun): LiveAnswer {
    const { operation, states } = begun;
    const [caller, browser] = [read.callerOf(req), read.browserOf(req)];
    const free = places.take(credentialId);
    const stillMay = async (): Promise<boolean> => {
      try {
        refuseBeyond(await authenticator.api(caller, { ...browser, isUnnoted: true }), operation);
        return true;
      } catch (error) {
        return !(error instanceof AccessRefused);
      }
    };
    return { states, stillMay, free };
  }

  async function answer(req: IncomingMessage): Promise<Answer> {
    const segments = pathSegments(req.url ?? "");
    if (`/${segments.join("/")}` === OPENAPI_PATH && req.method === "GET") return { status: 200, body: openApi };
    if (`/${segments.join("/")}` === JWKS_PATH && req.method === "GET")
      return { status: 200, body: jwks, headers: { "Cache-Control": "public, max-age=3600" } };
    const access = await authenticator.api(read.callerOf(req), read.browserOf(req));
    const scope = { ...access.scope, traceId: readTraceId(req.headers.traceparent) ?? newTraceId() };
    const match = matchRoute(compiled, req.method ?? "", segments);
    if (match.kind === "unknown")
      return refuse(404, `There is no "/${segments.join("/")}"; ${OPENAPI_PATH} describes what there is`);
    if (match.kind === "wrongMethod")
      return refuse(405, `"/${segments.join("/")}" takes ${match.allowed.join(", ")}`, {
        Allow: match.allowed.join(", "),
      });
    const { operation, handle } = match.route;
    refuseBeyond(access, operation);
    const params = validator.params(operation, match.params);
    const query = validator.query(operation, Object.fromEntries(readQuery(req.url ?? "")));
    const body = validator.body(operation, await readBody(req));
    const value = await handle(deps, { scope, params, query, body } as Parameters<AdminRoute["handle"]>[1]);
    // Typed by the operation, which says that its answer is one of lines.
    if (operation.success.lines === true) return { status: operation.success.status, lines: value as Lines<unknown> };
    if (operation.success.live === true)
      return { status: 200, live: goOn(req, access, { operation, states: value as Live<unknown> }) };
    return operation.success.status === 204 ? { status: 204 } : { status: operation.success.status, body: value };
  }

  return (req, res) => {
    answer(req)
      .catch((error: unknown) => toAnswer(deps.logger, error))
      .then(async (done) => {
        if (done.live !== undefined)
          return await sendLive(res, done.live.states, done.live.stillMay).finally(done.live.free);
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

function refuseBeyond(access: AdminAccess, operation: Operation): void {
  const { rights } = access;
  if (!may(rights, operation.id)) throw new AccessRefused(403, whyNot(rights, operation.id));
}
