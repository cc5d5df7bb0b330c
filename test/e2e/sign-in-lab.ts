import { createBrowserClient, type Jar } from "./browser-client.ts";
import { type IdentityServer, startIdentityServer } from "./identity-server.ts";
import { rawRequest } from "./raw-request.ts";
import { openStage, type Stage } from "./stage.ts";

export const PUBLIC_URL = "https://muster.example/base";

/** An api with an identity provider, and people who come in by it. */
export type SignInLab = Awaited<ReturnType<typeof openSignInLab>>;

const cookiesOf = (headers: NodeJS.Dict<string | string[]>): string[] => [headers["set-cookie"] ?? []].flat();
const pairOf = (cookies: readonly string[], name: string): string | null =>
  cookies.find((cookie) => cookie.startsWith(`${name}=`))?.split(";", 1)[0] ?? null;

/** What coming back without getting in looks like. */
export const failed = (why: string) => ({ status: 303, location: `${PUBLIC_URL}/?signIn=${why}`, session: null });

/** Opens it behind a public address, for people of two domains. */
export async function openSignInLab() {
  const idp = await startIdentityServer();
  const allowedDomains = ["acme.example", "acme.test"];
  const stage = await openStage({ publicUrl: PUBLIC_URL, signIn: { ...idp.settings, allowedDomains } });
  return { idp, stage, ...createPeople(stage, idp), close: () => stage.close().then(() => idp.close()) };
}

function createPeople(stage: Stage, idp: IdentityServer) {
  const browser = createBrowserClient(stage);
  let count = 0;

  /** Somebody new, who is who the identity provider says from now on. */
  function newPerson(claims: Record<string, unknown> = {}) {
    count += 1;
    const email = `person${count}@acme.example`;
    const person = { sub: `sub-${count}`, email, email_verified: true, name: `P ${count}` };
    idp.person({ ...person, ...claims });
    return person;
  }
  async function invite(email: string, role = "admin"): Promise<string> {
    const answer = await stage.admin.post("/members", { email, role });
    if (answer.status !== 201) throw new Error(`inviting answered ${answer.status}: ${answer.text}`);
    return answer.body.id;
  }
  /** Begins in a browser of its own: the cookie that it keeps, and where it is sent to. */
  async function begin(workspaceId?: string): Promise<{ cookie: string; url: string; setCookie: string }> {
    const answer = await browser.ask(
      "POST",
      "/session/sign-in",
      workspaceId === undefined ? {} : { body: { workspaceId } },
    );
    if (answer.status !== 201) throw new Error(`beginning answered ${answer.status}: ${answer.text}`);
    const [setCookie = ""] = cookiesOf(answer.headers);
    const cookie = setCookie.split(";", 1).join("");
    stage.ear.secret(cookie.split("=")[1] ?? "");
    return { cookie, url: String(answer.body["authorizationUrl"]), setCookie };
  }
  /** Comes back as browsers do: by a link of another site, with what cookies they hold. */
  async function comeBack(returned: URL, cookies: string) {
    const target = `/session/callback${returned.search}`;
    const headers = ["Sec-Fetch-Site", "cross-site", ...(cookies === "" ? [] : ["Cookie", cookies])];
    const answer = await rawRequest(stage.localUrl, { target, headers });
    const set = cookiesOf(answer.headers);
    const session = pairOf(set, "__Host-muster_session");
    if (session !== null) stage.ear.secret(session.split("=")[1] ?? "");
    return { status: answer.status, location: String(answer.headers.location), session, set };
  }
  /** The whole way of whoever the identity provider has in front of it. */
  async function signIn(workspaceId?: string) {
    const { cookie, url } = await begin(workspaceId);
    return await comeBack(await idp.visit(url), cookie);
  }
  async function jarOf(session: string | null): Promise<Jar> {
    const jar = { cookie: session, csrfToken: "" };
    const { body } = await browser.ask("GET", "/session", { jar });
    return { ...jar, csrfToken: String(body["csrfToken"]) };
  }
  /** Somebody new, invited and in. */
  async function signedIn(role: string) {
    const { email } = newPerson();
    const id = await invite(email, role);
    const { session } = await signIn();
    return { id, email, jar: await jarOf(session), session };
  }
  return { browser, newPerson, invite, begin, comeBack, signIn, jarOf, signedIn };
}
