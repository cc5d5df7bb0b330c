import type { IncomingMessage, RequestListener } from "node:http";
import {
  ContractError,
  type CreateSessionRequest,
  createValidator,
  type Operation,
  type Session,
  sessionOperations,
} from "@muster/contract";
import type { Logger } from "@muster/runtime";
import { type Database, inWorkspace, listWorkspaceMembers } from "@muster/store";
import { type Answer, readBody, refuse, send, toAnswer } from "./answer.ts";
import type { Authenticator } from "./authenticate.ts";
import { type Browser, sessionCookie } from "./browser.ts";
import type { Caller } from "./caller.ts";
import { mayAll, type Rights } from "./rights.ts";
import type { BrowserSession, StartedSession } from "./sessions.ts";

const METHODS = Object.values<Operation>(sessionOperations)
  .filter((operation) => operation.path === sessionOperations.getSession.path)
  .map((operation) => operation.method.toUpperCase());

/** Whether a request is for the portal's door. */
export const isSessionPath = (url: string): boolean => url.split("?", 1)[0] === sessionOperations.getSession.path;

/**
 * Serves `/session`: an API key for a cookie that opens the admin API to the portal's pages, and its end. The cookie is out of
 * the pages' reach; a token beside it tells their changes from those of other pages.
 */
export function createSessionEndpoint(
  deps: { db: Database; logger: Logger; publicUrl: string },
  authenticator: Authenticator,
  read: { callerOf(req: IncomingMessage): Caller; browserOf(req: IncomingMessage): Browser },
): RequestListener {
  const validator = createValidator();

  async function answer(req: IncomingMessage): Promise<Answer> {
    const [caller, browser] = [read.callerOf(req), read.browserOf(req)];
    if (req.method === "GET" || req.method === "HEAD")
      return { status: 200, body: await show(deps.db, await authenticator.session(caller, browser)) };
    if (req.method === "POST") {
      const started = await begin(
        validator.body(sessionOperations.createSession, await readBody(req)),
        caller,
        browser,
      );
      const body = await show(deps.db, started);
      // A browser may keep no cookie of ours in a frame of somebody else's page: the page itself holds the token, for as long as it is open.
      if (started.portal?.isFramed === true) return { status: 201, body: { ...body, bearer: started.token } };
      return { status: 201, body, headers: cookie(started.token, started.maxAgeS) };
    }
    if (req.method === "DELETE") {
      await authenticator.signOut(caller, browser);
      return { status: 204, headers: cookie("", 0) };
    }
    return refuse(405, `"/session" takes ${METHODS.join(", ")}`, { Allow: METHODS.join(", ") });
  }

  async function begin(sent: CreateSessionRequest, caller: Caller, browser: Browser): Promise<StartedSession> {
    const { apiKey, portalCode, secondCode } = sent;
    if (apiKey !== undefined && portalCode === undefined && secondCode === undefined)
      return await authenticator.signIn({ ...caller, authorization: `Bearer ${apiKey.trim()}` }, browser);
    if (apiKey === undefined && portalCode !== undefined)
      return await authenticator.enter({ code: portalCode, secondCode }, caller, browser);
    const message = "send either apiKey, or portalCode and where the link needs it secondCode";
    throw new ContractError([{ path: "", rule: "either", message }]);
  }

  const cookie = (token: string, maxAgeS: number) => ({ "Set-Cookie": sessionCookie(deps.publicUrl, token, maxAgeS) });

  return (req, res) => {
    answer(req)
      .catch((error: unknown) => toAnswer(deps.logger, error))
      .then((done) => send(req, res, done))
      .catch((error: unknown) => deps.logger.error({ error }, "an answer could not be sent"));
  };
}

async function show(db: Database, session: BrowserSession): Promise<Session> {
  const { portal, workspaceId, role, csrfToken, expiresAt } = session;
  const rights: Rights = portal === null ? { role } : { link: portal.rights };
  return {
    signedInWith: await signedInWith(db, session),
    workspaceId: portal === null ? workspaceId : null,
    role: portal === null ? role : null,
    operations: mayAll(rights),
    csrfToken,
    expiresAt: expiresAt.toISOString(),
  };
}

async function signedInWith(db: Database, session: BrowserSession): Promise<Session["signedInWith"]> {
  const { portal, holder, workspaceId } = session;
  if (portal !== null) return { portalLinkId: portal.linkId, tenantId: portal.tenantId, rights: portal.rights };
  if ("apiKeyId" in holder) return holder;
  const { memberId: id } = holder;
  const [member] = await inWorkspace(db, workspaceId, (tx) => listWorkspaceMembers(tx, workspaceId, { id, limit: 1 }));
  return { memberId: id, email: member?.email ?? "", name: member?.name ?? null };
}
