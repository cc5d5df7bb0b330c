import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rawRequest } from "./raw-request.ts";
import { openStage, type Stage } from "./stage.ts";

const PUBLIC_URL = "https://muster.example/base";

let stage: Stage;
let connectionId: string;

beforeAll(async () => {
  stage = await openStage({ publicUrl: PUBLIC_URL });
  const tenant = await stage.newTenant();
  const appId = (await stage.admin.post("/apps", { name: "Ledger" })).body.id;
  const auth = {
    scheme: "oauthAuthorizationCode",
    authorizationUrl: "https://id.example/authorize",
    tokenUrl: "https://id.example/token",
    clientId: "muster",
    clientSecret: stage.ear.secret("the-secret-of-the-client"),
    clientSecretIn: "header",
  };
  const made = await stage.admin.post(`/tenants/${tenant.id}/connections`, {
    ...{ appId, directoryId: tenant.directoryId },
    target: { kind: "scim", baseUrl: "https://ledger.example/scim", auth },
  });
  connectionId = made.body.id;
});
afterAll(() => stage.close());

async function begin(): Promise<{ state: string; url: URL }> {
  const { status, body } = await stage.admin.post(`/connections/${connectionId}/consent`, {});
  expect(status).toBe(201);
  expect(body).toMatchObject({ redirectUri: `${PUBLIC_URL}/oauth/callback`, expiresAt: expect.any(String) });
  const url = new URL(String(body["authorizationUrl"]));
  return { state: url.searchParams.get("state") ?? "", url };
}
async function signIn(apiKey: string): Promise<string[]> {
  const body = JSON.stringify({ apiKey });
  const headers = ["Content-Type", "application/json", "Sec-Fetch-Site", "same-origin"];
  const answer = await rawRequest(stage.localUrl, { method: "POST", target: "/session", headers, body });
  const cookie = String(answer.headers["set-cookie"]).split(";", 1).join("");
  stage.ear.secret(cookie.split("=")[1] ?? "");
  return ["Cookie", cookie];
}
// As a browser comes back from another site: with its cookie, and nothing that only our pages send.
const comeBack = (query: string, headers: string[] = [], method = "GET") =>
  rawRequest(stage.localUrl, {
    method,
    target: `/oauth/callback${query}`,
    headers: ["Sec-Fetch-Site", "cross-site", ...headers],
    body: "",
  });
const consent = async () => (await stage.admin.get(`/connections/${connectionId}/consent`)).body;

describe("H5: an administrator comes back from the app", () => {
  it("H5, V80: the browser in which the same key is signed in gives the access, once; its page tells nothing and loads nothing", async () => {
    const jar = await signIn(stage.apiKey);
    const { state } = await begin();
    const asked = await consent();
    const done = await comeBack(`?code=c0de-of-the-app&state=${state}`, jar);
    const twice = await comeBack(`?code=c0de-of-the-app&state=${state}`, jar);

    expect(asked).toMatchObject({ state: "asked", askedUntil: expect.any(String), givenAt: null });
    expect(done.status).toBe(200);
    expect(done.text).toContain("Access was given");
    expect(done.headers).toMatchObject({
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    });
    expect(done.text).not.toContain("c0de");
    expect(twice).toMatchObject({ status: 400, text: expect.stringContaining("begin again") });
    expect(await consent()).toMatchObject({ state: "given", givenBy: expect.any(String), givenAt: expect.any(String) });
    expect(JSON.stringify(await stage.ledger.rows())).not.toContain("c0de-of-the-app");
  });

  it("V80: without a session, or with another administrator's, nothing is given, and the right one can still come", async () => {
    const { apiKey } = await stage.newWorkspace();
    const another = await signIn(apiKey);
    const { state } = await begin();
    const query = `?code=x&state=${state}`;
    const nobody = await comeBack(query);
    const stranger = await comeBack(query, another);
    const noState = await comeBack("?code=x", await signIn(stage.apiKey));
    const plainId = await comeBack(`?code=x&state=${connectionId}`, await signIn(stage.apiKey));
    const right = await comeBack(query, ["Authorization", `Bearer ${stage.apiKey}`]);

    expect(nobody).toMatchObject({ status: 401, text: expect.stringContaining("Sign in to the portal") });
    expect(stranger.status).toBe(404);
    expect([noState.status, plainId.status]).toEqual([400, 400]);
    expect(right.status).toBe(200);
  });

  it("H5: an app that gives no access is told so, in words that nobody can smuggle anything into", async () => {
    const jar = await signIn(stage.apiKey);
    const denied = await comeBack(`?error=access_denied&state=${(await begin()).state}`, jar);
    const smuggled = await comeBack(`?error=%3Cscript%3E&state=${(await begin()).state}`, jar);

    expect(denied).toMatchObject({ status: 200, text: expect.stringContaining("It said: access_denied") });
    expect(smuggled.text).toContain("no reason was given");
    expect(smuggled.text).not.toContain("<script>");
    expect((await comeBack("", jar, "POST")).status).toBe(405);
  });
});
