import { parseBody } from "./clients.ts";
import { rawRequest } from "./raw-request.ts";
import type { Stage } from "./stage.ts";

/** A browser as the api meets it: its cookie jar of one, and what it says of the page that asks. */
export type Jar = { cookie: string | null; csrfToken: string };
export type SignedIn = Jar & { setCookie: string };

type Sent = { jar?: Jar; body?: unknown; headers?: Record<string, string> };

const OWN_PAGE = { "Sec-Fetch-Site": "same-origin" };

/** Speaks to the api as a page of the portal does. */
export function createBrowserClient(stage: Stage) {
  async function ask(method: string, target: string, { jar, body, headers: own }: Sent = {}) {
    const headers: Record<string, string> = {
      ...(jar?.cookie == null ? {} : { Cookie: jar.cookie }),
      ...(jar === undefined ? {} : { "X-CSRF-Token": jar.csrfToken }),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...OWN_PAGE,
      ...own,
    };
    const pairs = Object.entries(headers).filter(([, value]) => value !== "");
    const text = body === undefined ? "" : JSON.stringify(body);
    const answer = await rawRequest(stage.localUrl, { method, target, headers: pairs.flat(), body: text });
    return { ...answer, body: parseBody(answer.text) };
  }

  /** Signs in with a key or a link; a sign-in that the browser had is in `jar`. */
  async function signIn(
    by: { apiKey: string } | { portalCode: string; secondCode?: string | null },
    jar?: Jar,
  ): Promise<SignedIn> {
    const answer = await ask("POST", "/session", { body: by, ...(jar === undefined ? {} : { jar }) });
    if (answer.status !== 201) throw new Error(`signing in answered ${answer.status}: ${answer.text}`);
    const setCookie = String(answer.headers["set-cookie"]);
    const cookie = setCookie.split(";", 1).join("");
    stage.ear.secret(cookie.split("=")[1] ?? "");
    return { cookie, csrfToken: String(answer.body["csrfToken"]), setCookie };
  }

  return { ask, signIn };
}
