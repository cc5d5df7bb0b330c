import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { requireTenant } from "@muster/directory";
import { finishConsent, tenantOfState } from "@muster/provisioning";
import { Refusal, readQuery } from "@muster/runtime";
import type { ApiDeps } from "../api-deps.ts";
import { AccessRefused } from "./access-refused.ts";
import { toAnswer } from "./answer.ts";
import type { Authenticator } from "./authenticate.ts";
import type { Browser } from "./browser.ts";
import type { Caller } from "./caller.ts";
import { may, whyNot } from "./rights.ts";

const PATH = "/oauth/callback";

/** Where apps send administrators back to: the one redirect URI to register at every authorization server. */
export const redirectUriOf = (publicUrl: string): string => `${publicUrl}${PATH}`;

/** Whether a request comes back from an app. */
export const isConsentPath = (url: string): boolean => url.split("?", 1)[0] === PATH;

/** The code is in the page's address: nothing may keep it, load anything or pass it on. */
const HEADERS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Content-Type": "text/html; charset=utf-8",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

const SIGN_IN =
  "Sign in to the portal in this browser with the API key that began this, then load this page again within ten minutes. Without the portal: call this page's whole address with that key, as Authorization: Bearer.";

type Page = { status: number; title: string; text: string };

/**
 * Serves `GET /oauth/callback`: an administrator comes back from an app with its answer (RFC 6749 section 4.1.2). Only the one who was sent
 * there is listened to, by session or key (V80); the code is sealed, and a worker turns it into tokens.
 */
export function createConsentEndpoint(
  deps: ApiDeps,
  authenticator: Authenticator,
  read: { callerOf(req: IncomingMessage): Caller; browserOf(req: IncomingMessage): Browser },
): RequestListener {
  async function answer(req: IncomingMessage): Promise<Page> {
    if (req.method !== "GET") return { status: 405, title: "Not so", text: "This page takes GET" };
    const { scope, rights } = await authenticator.api(read.callerOf(req), read.browserOf(req));
    if (!may(rights, "beginConsent")) throw new AccessRefused(403, whyNot(rights, "beginConsent"));
    const query = readQuery(req.url ?? "");
    const [state, code] = [query.get("state") ?? "", query.get("code") ?? null];
    const tenantId = tenantOfState(state);
    if (tenantId === null) throw new Refusal("invalid", "state: it is missing, or none of ours");
    await requireTenant(deps, scope, tenantId);
    const { connectionId } = await finishConsent(deps, { ...scope, tenantId }, { state, code });
    if (code === null) {
      const why = /^[a-z_]{1,64}$/.exec(query.get("error") ?? "")?.[0] ?? "no reason was given";
      return { status: 200, title: "The app gave no access", text: `It said: ${why}. Nothing was changed.` };
    }
    deps.ring(tenantId, { connectionIds: [connectionId], removal: false });
    return {
      status: 200,
      title: "Access was given",
      text: `Connection ${connectionId} signs in with it now. This page can be closed.`,
    };
  }

  function toPage(error: unknown): Page {
    const { status, body } = toAnswer(deps.logger, error);
    const detail = typeof body === "object" && body !== null && "detail" in body ? String(body.detail) : "";
    return { status, title: "This did not work", text: status === 401 ? SIGN_IN : detail };
  }

  return (req, res) => {
    answer(req)
      .catch(toPage)
      .then((page) => send(res, page))
      .catch((error: unknown) => deps.logger.error({ error }, "an answer could not be sent"));
  };
}

function send(res: ServerResponse, { status, title, text }: Page): void {
  if (res.headersSent || res.destroyed) return;
  const [heading, words] = [escapeHtml(title), escapeHtml(text)];
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${heading}</title><h1>${heading}</h1><p>${words}</p></html>\n`;
  res.writeHead(status, { ...HEADERS, "Content-Length": Buffer.byteLength(html) }).end(html);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
