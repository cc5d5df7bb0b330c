import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBrowserClient, type Jar } from "./browser-client.ts";
import { findLeaks } from "./ear.ts";
import { openStage, type Stage } from "./stage.ts";

const PUBLIC_URL = "https://muster.example/base";

let stage: Stage;
let browser: ReturnType<typeof createBrowserClient>;

beforeAll(async () => {
  stage = await openStage({ publicUrl: PUBLIC_URL });
  browser = createBrowserClient(stage);
});
afterAll(async () => {
  await stage.close();
});

const signIn = (apiKey = stage.apiKey, jar?: Jar) => browser.signIn({ apiKey }, jar);
const ask: typeof browser.ask = (...sent) => browser.ask(...sent);

const newTenant = (jar: Jar, headers: Record<string, string> = {}) =>
  ask("POST", "/api/v1/tenants", { jar, headers, body: { name: "Acme" } });

describe("D09: a session of the portal", () => {
  it("opens the admin API as its key does, and is told from it in no answer", async () => {
    const jar = await signIn();
    const made = await newTenant(jar);

    expect(made.status).toBe(201);
    expect(await ask("GET", `/api/v1/tenants/${made.body.id}`, { jar })).toMatchObject({
      status: 200,
      body: made.body,
    });
    expect((await stage.admin.get(`/tenants/${made.body.id}`)).body).toEqual(made.body);
    expect(await ask("GET", "/session", { jar })).toMatchObject({ status: 200, body: { csrfToken: jar.csrfToken } });
  });

  it("is a cookie that scripts, other sites and plain http never see, kept as a digest", async () => {
    const { setCookie, cookie } = await signIn();
    const token = cookie?.split("=")[1] ?? "";

    expect(setCookie).toMatch(
      /^__Host-muster_session=mst_session_\w+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200; Secure$/,
    );
    expect(findLeaks(await stage.ledger.rows(), [token])).toEqual([]);
  });

  it("is over everywhere once it is signed out, and its cookie opens nothing any more", async () => {
    const [jar, other] = [await signIn(), await signIn()];
    const out = await ask("DELETE", "/session", { jar });

    expect(out).toMatchObject({ status: 204 });
    expect(String(out.headers["set-cookie"])).toContain("Max-Age=0");
    expect((await ask("GET", "/api/v1/tenants", { jar })).status).toBe(401);
    expect((await ask("GET", "/session", { jar })).status).toBe(401);
    expect((await ask("GET", "/api/v1/tenants", { jar: other })).status).toBe(200);
  });

  it("ends with its key, with its twelve hours, and after half an hour without a request", async () => {
    const { apiKey } = await stage.newWorkspace();
    const end = async (statement: string, jar: Jar) => {
      const [, , publicId = ""] = (jar.cookie?.split("=")[1] ?? "").split("_");
      expect((await ask("GET", "/session", { jar })).status).toBe(200);
      await stage.ledger.query(statement, [publicId]);
      return (await ask("GET", "/session", { jar })).status;
    };

    expect(await end("update sessions set expires_at = now() where public_id = $1", await signIn())).toBe(401);
    const idle = "update sessions set seen_at = now() - interval '31 minutes' where public_id = $1";
    expect(await end(idle, await signIn())).toBe(401);
    const revoked =
      "update api_keys set revoked_at = now() where public_id = (select api_key_id from sessions where public_id = $1)";
    expect(await end(revoked, await signIn(apiKey))).toBe(401);
  });

  it("stays alive while it is used", async () => {
    const jar = await signIn();
    await stage.ledger.query("update sessions set seen_at = now() - interval '29 minutes'", []);
    expect((await ask("GET", "/api/v1/tenants", { jar })).status).toBe(200);

    const [row] = await stage.ledger.query<{ count: string }>(
      "select count(*) from sessions where seen_at > now() - interval '1 minute'",
      [],
    );
    expect(Number(row?.count)).toBe(1);
  });

  it("V80: a sign-in gets an id of its own, and ends what the browser held before", async () => {
    const before = await signIn();
    const after = await signIn(stage.apiKey, before);

    expect(after.cookie).not.toBe(before.cookie);
    expect((await ask("GET", "/session", { jar: before })).status).toBe(401);
    expect((await ask("GET", "/session", { jar: after })).status).toBe(200);
  });
});

describe("V80: changes come from a page of ours", () => {
  it.each<[string, Record<string, string>]>([
    ["another site", { "Sec-Fetch-Site": "cross-site" }],
    ["another host of the same site", { "Sec-Fetch-Site": "same-site" }],
    ["another origin, from a browser without fetch metadata", { "Sec-Fetch-Site": "", Origin: "https://evil.example" }],
    ["a null origin", { "Sec-Fetch-Site": "", Origin: "null" }],
    ["nothing that is said", { "Sec-Fetch-Site": "" }],
    ["no token", { "X-CSRF-Token": "" }],
    ["another token", { "X-CSRF-Token": Buffer.alloc(32).toString("base64url") }],
  ])("%s: refused, and nothing is changed", async (_name, headers) => {
    const jar = await signIn();
    const before = await stage.ledger.query("select count(*) from tenants", []);
    const refused = await newTenant(jar, headers);

    expect(refused).toMatchObject({ status: 403, body: { detail: expect.stringContaining("reload the page") } });
    expect(await stage.ledger.query("select count(*) from tenants", [])).toEqual(before);
    expect((await ask("DELETE", "/session", { jar, headers })).status).toBe(403);
    expect((await ask("GET", "/session", { jar, headers })).status).toBe(200);
    expect((await newTenant(jar)).status).toBe(201);
  });

  it("the token of another session is another token", async () => {
    const [jar, other] = [await signIn(), await signIn()];

    expect((await newTenant({ ...jar, csrfToken: other.csrfToken })).status).toBe(403);
    expect((await newTenant(jar)).status).toBe(201);
  });

  it("a page of ours without fetch metadata is known by its origin", async () => {
    const jar = await signIn();

    expect((await newTenant(jar, { "Sec-Fetch-Site": "", Origin: "https://muster.example" })).status).toBe(201);
  });

  it("nobody is signed in from another site", async () => {
    const answer = await ask("POST", "/session", {
      body: { apiKey: stage.apiKey },
      headers: { "Sec-Fetch-Site": "cross-site" },
    });

    expect(answer.status).toBe(403);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });
});

describe("what is no session opens nothing", () => {
  it("a wrong key does not sign in, and a made-up cookie is 401 in the words for one that is over", async () => {
    const { cookie } = await signIn();
    const token = cookie?.split("=")[1] ?? "";
    const cookies = [token.slice(0, -1), token.replace("session", "key"), "", "x", stage.apiKey];
    const answers = await Promise.all(
      cookies.map((value) =>
        ask("GET", "/api/v1/tenants", { jar: { cookie: `__Host-muster_session=${value}`, csrfToken: "" } }),
      ),
    );

    expect((await ask("POST", "/session", { body: { apiKey: `${stage.apiKey}x` } })).status).toBe(401);
    expect((await ask("POST", "/session", { body: { apiKey: "Bearer x" } })).status).toBe(401);
    expect((await ask("POST", "/session", { body: {} })).status).toBe(400);
    expect(answers.map(({ status }) => status)).toEqual(cookies.map(() => 401));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  it("a cookie that comes twice is none, and a key that is sent decides alone", async () => {
    const jar = await signIn();
    const twice = { ...jar, cookie: `${jar.cookie}; ${jar.cookie}` };

    expect((await ask("GET", "/api/v1/tenants", { jar: twice })).status).toBe(401);
    expect((await ask("GET", "/api/v1/tenants", { jar, headers: { Authorization: "Bearer wrong" } })).status).toBe(401);
    expect(
      (await ask("GET", "/api/v1/tenants", { jar, headers: { Authorization: `Bearer ${stage.apiKey}` } })).status,
    ).toBe(200);
  });

  it("a session is no key: it opens nothing as a bearer token, there or at a directory", async () => {
    const { cookie } = await signIn();
    const tenant = await stage.newTenant();
    const headers = { Authorization: `Bearer ${cookie?.split("=")[1]}` };

    expect((await ask("GET", "/api/v1/tenants", { headers })).status).toBe(401);
    expect((await ask("GET", `/scim/v2/${tenant.directoryId}/Users`, { headers })).status).toBe(401);
    const shown = { Cookie: String(cookie) };
    expect((await ask("GET", `/scim/v2/${tenant.directoryId}/Users`, { headers: shown })).status).toBe(401);
  });
});

it("signing in and out is in the audit, and no session is in any log line", async () => {
  const jar = await signIn();
  await ask("DELETE", "/session", { jar });
  const rows = await stage.ledger.query<{ action: string }>(
    "select action from workspace_audit where action like 'session.%' order by id desc limit 2",
    [],
  );

  expect(rows.map((row) => row.action)).toEqual(["session.delete", "session.create"]);
  expect(findLeaks(stage.ear.heard(), stage.ear.secrets())).toEqual([]);
});
