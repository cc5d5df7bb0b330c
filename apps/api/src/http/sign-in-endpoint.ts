import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type BegunSignIn, createValidator, type SignInMethods, sessionOperations } from "@muster/contract";
import type { Logger } from "@muster/runtime";
import type { WorkspaceId } from "@muster/store";
import { type Answer, readBody, refuse, send, toAnswer } from "./answer.ts";
import { type Browser, sessionCookie, signInCookie } from "./browser.ts";
import type { Caller } from "./caller.ts";
import { type SignIns, signInRedirectUri } from "./sign-ins.ts";

const { path: SIGN_IN } = sessionOperations.beginSignIn;
const CALLBACK = signInRedirectUri("");

const pathOf = (url: string): string => url.split("?", 1)[0] ?? "";

/** Whether a request is for the way in by the identity provider. */
export const isSignInPath = (url: string): boolean => pathOf(url) === SIGN_IN || pathOf(url) === CALLBACK;

/**
 * Serves `/session/sign-in`, by which a page of the portal sends its browser to the identity provider, and `/session/callback`, where
 * that sends it back. From there one goes to the portal and nowhere else, signed in or with the reason why not: no address is taken
 * from the request.
 */
export function createSignInEndpoint(
  deps: { logger: Logger; publicUrl: string },
  signIns: SignIns,
  read: { callerOf(req: IncomingMessage): Caller; browserOf(req: IncomingMessage): Browser },
): RequestListener {
  const validator = createValidator();

  async function answer(req: IncomingMessage): Promise<Answer> {
    if (req.method === "GET" || req.method === "HEAD") {
      const { providerName: name } = signIns;
      return { status: 200, body: { provider: name === null ? null : { name } } satisfies SignInMethods };
    }
    if (req.method !== "POST") return refuse(405, `"${SIGN_IN}" takes GET, POST`, { Allow: "GET, POST" });
    const { workspaceId = null } = validator.body(sessionOperations.beginSignIn, await readBody(req));
    const begun = await signIns.begin(read.callerOf(req), read.browserOf(req), workspaceId as WorkspaceId | null);
    if (begun.kind === "away")
      return refuse(
        503,
        `${signIns.providerName} does not answer as it should: try again in a moment, or sign in with an API key. The gateway's log says what went wrong`,
        { "Retry-After": "5" },
      );
    const { authorizationUrl, token, maxAgeS } = begun;
    return {
      status: 201,
      body: { authorizationUrl } satisfies BegunSignIn,
      headers: { "Set-Cookie": signInCookie(deps.publicUrl, token, maxAgeS) },
    };
  }

  async function comeBack(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.method !== "GET") return send(req, res, refuse(405, `"${CALLBACK}" takes GET`, { Allow: "GET" }));
    const search = (req.url ?? "").slice(CALLBACK.length);
    const done = await signIns.finish(search, read.callerOf(req), read.browserOf(req));
    const { publicUrl } = deps;
    if (typeof done !== "string")
      return redirect(res, `${publicUrl}/`, [
        sessionCookie(publicUrl, done.token, done.maxAgeS),
        signInCookie(publicUrl, "", 0),
      ]);
    // What is under way in this browser goes on when somebody else's answer came.
    const cookies = done === "started-elsewhere" ? [] : [signInCookie(publicUrl, "", 0)];
    redirect(res, `${publicUrl}/?signIn=${done}`, cookies);
  }

  return (req, res) => {
    const served =
      pathOf(req.url ?? "") === CALLBACK
        ? comeBack(req, res).catch((error: unknown) => send(req, res, toAnswer(deps.logger, error)))
        : answer(req)
            .catch((error: unknown) => toAnswer(deps.logger, error))
            .then((done) => send(req, res, done));
    served.catch((error: unknown) => deps.logger.error({ error }, "an answer could not be sent"));
  };
}

/** The code stands in the address that is left: nothing may keep it or pass it on. */
function redirect(res: ServerResponse, location: string, cookies: readonly string[]): void {
  if (res.headersSent || res.destroyed) return;
  res
    .writeHead(303, {
      Location: location,
      "Cache-Control": "no-store",
      "Content-Length": 0,
      "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
      ...(cookies.length === 0 ? {} : { "Set-Cookie": [...cookies] }),
    })
    .end();
}
