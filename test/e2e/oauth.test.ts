import { createSecretKey, randomBytes } from "node:crypto";
import { issueAccessToken } from "@muster/credentials";
import { uuidV7 } from "@muster/runtime";
import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseBody } from "./clients.ts";
import { findLeaks } from "./ear.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";

let stage: Stage;
let a: Tenant;
let b: Tenant;
let client: { clientId: string; clientSecret: string };
let tokenUrl: string;

beforeAll(async () => {
  stage = await openStage();
  [a, b] = [await stage.newTenant(), await stage.newTenant()];
  const made = await stage.admin.postSecret(`${directoryOf(a)}/clients`);
  client = made;
  tokenUrl = String(made.tokenUrl);
});
afterAll(async () => {
  await stage.close();
});

const directoryOf = (tenant: Tenant) => `/tenants/${tenant.id}/directories/${tenant.directoryId}`;
const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;

type Form = Record<string, string> | string;
const GRANT = { grant_type: "client_credentials" };

/** Asks the token endpoint; refusals are heard, and a token is noted as a secret. */
async function getToken(form: Form, headers: Record<string, string> = {}, url = tokenUrl, method = "POST") {
  const response = await fetch(url, {
    method,
    headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
    ...(method === "GET" ? {} : { body: typeof form === "string" ? form : new URLSearchParams(form).toString() }),
  });
  const text = await response.text();
  const body = parseBody(text);
  if (response.status === 200) stage.ear.secret(String(body.access_token));
  else stage.ear.answered(text);
  return { status: response.status, headers: response.headers, text, body, token: String(body.access_token) };
}
const inBody = (of = client): Record<string, string> => ({
  ...GRANT,
  client_id: of.clientId,
  client_secret: of.clientSecret,
});
const withToken = (token: string, tenant = a, path = "/Users") => tenant.scim.send("GET", path, undefined, { token });

describe("A6, D05: OAuth client credentials", () => {
  it.each(["header", "body"])("give an access token for this directory, with the secret in the %s", async (place) => {
    const { clientId, clientSecret } = client;
    const answer = await (place === "body"
      ? getToken(inBody())
      : getToken(GRANT, { Authorization: basic(clientId, clientSecret) }));

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ access_token: answer.token, token_type: "Bearer", expires_in: 600 });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("pragma")).toBe("no-cache");
    expect((await withToken(answer.token)).status).toBe(200);
    const [, claims = ""] = answer.token.split(".");
    expect(parseBody(Buffer.from(claims, "base64url").toString())).toMatchObject({
      aud: a.endpointUrl,
      sub: clientId,
      client_id: clientId,
      exp: expect.any(Number),
    });
  });

  it("the directory's view and the client's own answer name the token endpoint", async () => {
    const { body } = await stage.admin.get(directoryOf(a));

    expect(body.oauth).toEqual({ tokenUrl });
    expect(tokenUrl).toBe(`${stage.localUrl}/oauth/v2/${a.directoryId}/token`);
  });

  it("a scope narrows and never widens", async () => {
    const narrow = await stage.admin.postSecret(`${directoryOf(a)}/clients`, {
      scopes: ["users:read", "users:create"],
    });
    const read = await getToken({ ...inBody(narrow), scope: "users:read" });
    const all = await getToken({ ...inBody(narrow), scope: "" });
    const wider = await getToken({ ...inBody(narrow), scope: "users:read groups:read" });
    const unknown = await getToken({ ...inBody(narrow), scope: "openid" });
    const create = (token: string) => a.scim.send("POST", "/Users", { userName: `o-${uuidV7()}` }, { token });

    expect([read.body.scope, all.status, wider.status, unknown.status]).toEqual(["users:read", 200, 400, 400]);
    expect([wider.body.error, unknown.body.error]).toEqual(["invalid_scope", "invalid_scope"]);
    expect([(await withToken(read.token)).status, (await create(read.token)).status]).toEqual([200, 403]);
    expect([(await withToken(all.token)).status, (await create(all.token)).status]).toEqual([200, 201]);
    expect((await withToken(all.token, a, "/Groups")).status).toBe(403);
    expect((await withToken(read.token, a, "/Schemas")).status).toBe(200);
    await stage.admin.send("DELETE", `${directoryOf(a)}/tokens/${narrow.id}`);
  });
});

describe("RFC 6749 5.2: refusals", () => {
  const secretOf = () => client.clientSecret;
  it.each<[string, () => Parameters<typeof getToken>, number, string]>([
    ["no grant type", () => [{ ...inBody(), grant_type: "" }], 400, "invalid_request"],
    ["another grant type", () => [{ ...inBody(), grant_type: "password" }], 400, "unsupported_grant_type"],
    [
      "a parameter twice",
      () => [`${new URLSearchParams(inBody())}&client_id=${client.clientId}`],
      400,
      "invalid_request",
    ],
    [
      "the secret in both places",
      () => [inBody(), { Authorization: basic(client.clientId, secretOf()) }],
      400,
      "invalid_request",
    ],
    [
      "another id in the body",
      () => [{ ...GRANT, client_id: "x" }, { Authorization: basic(client.clientId, secretOf()) }],
      400,
      "invalid_request",
    ],
    ["JSON", () => [JSON.stringify(inBody()), { "Content-Type": "application/json" }], 415, "invalid_request"],
    ["too long", () => [{ ...inBody(), pad: "x".repeat(9_000) }], 413, "invalid_request"],
    ["bytes that are not UTF-8 escapes away", () => [{ ...inBody(), client_id: "\u0000" }], 401, "invalid_client"],
    ["no client", () => [GRANT], 401, "invalid_client"],
    ["another secret", () => [{ ...inBody(), client_secret: `${secretOf().slice(0, -1)}x` }], 401, "invalid_client"],
    ["another id", () => [{ ...inBody(), client_id: "RandomTok3n0" }], 401, "invalid_client"],
    [
      "a bearer token as its secret",
      () => [{ ...GRANT, client_id: a.bearerToken.split("_")[2] ?? "", client_secret: a.bearerToken }],
      401,
      "invalid_client",
    ],
    [
      "an API key as its secret",
      () => [{ ...GRANT, client_id: "x", client_secret: stage.apiKey }],
      401,
      "invalid_client",
    ],
    ["Bearer", () => [GRANT, { Authorization: `Bearer ${secretOf()}` }], 401, "invalid_client"],
    ["Basic alone", () => [GRANT, { Authorization: "Basic" }], 401, "invalid_client"],
    ["Basic and blanks", () => [GRANT, { Authorization: "Basic    " }], 401, "invalid_client"],
    [
      "Basic twice",
      () => [GRANT, { Authorization: `${basic(client.clientId, secretOf())}, ${basic(client.clientId, secretOf())}` }],
      401,
      "invalid_client",
    ],
    [
      "V08: another directory's address",
      () => [inBody(), {}, tokenUrl.replace(a.directoryId, b.directoryId)],
      401,
      "invalid_client",
    ],
    ["no such directory", () => [inBody(), {}, tokenUrl.replace(a.directoryId, uuidV7())], 401, "invalid_client"],
    ["GET", () => [{}, {}, tokenUrl, "GET"], 405, "invalid_request"],
    ["another path", () => [inBody(), {}, `${tokenUrl}/x`], 404, "invalid_request"],
  ])("V15: %s", async (_name, input, status, error) => {
    const answer = await getToken(...input());

    expect([answer.status, answer.body.error]).toEqual([status, error]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("content-type")).toBe("application/json");
    if (status === 401) expect(answer.headers.get("www-authenticate")).toBe('Basic realm="oauth"');
    expect((await getToken(inBody())).status).toBe(200);
  });

  it("are the same for every wrong client", async () => {
    const texts = await Promise.all(
      [
        getToken(GRANT),
        getToken({ ...inBody(), client_secret: "x" }),
        getToken(inBody(), {}, tokenUrl.replace(a.directoryId, b.directoryId)),
      ].map(async (answer) => (await answer).text),
    );

    expect(new Set(texts).size).toBe(1);
  });
});

describe("V08, RFC 8725: an access token opens its own directory, as it was signed, while its client lives", () => {
  const NOBODY = "an unsigned one";
  const forged = async (): Promise<[string, string][]> => {
    const { token } = await getToken(inBody());
    const [head = "", claims = "", signature = ""] = token.split(".");
    const enc = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const read = parseBody(Buffer.from(claims, "base64url").toString());
    const grant = { clientId: client.clientId, scopes: null };
    const terms = { issuer: stage.localUrl, audience: a.endpointUrl, nowMs: Date.now(), lifetimeS: 600 };
    const { keyring } = stage;
    const otherKey = { ...keyring, accessTokenKey: createSecretKey(randomBytes(32)) };
    const bClient = await stage.admin.postSecret(`${directoryOf(b)}/clients`);
    return [
      [NOBODY, `${enc({ alg: "none", typ: "at+jwt" })}.${claims}.`],
      ["alg none with a signature", `${enc({ alg: "none", typ: "at+jwt" })}.${claims}.${signature}`],
      ["its scope written over", `${head}.${enc({ ...read, scope: "users:read" })}.${signature}`],
      ["an encrypted form", `${enc({ alg: "dir", enc: "A256GCM" })}..${claims}.${claims}.${signature}`],
      ["another key", await issueAccessToken(otherKey, grant, terms)],
      ["another audience", await issueAccessToken(keyring, grant, { ...terms, audience: b.endpointUrl })],
      ["another issuer", await issueAccessToken(keyring, grant, { ...terms, issuer: "https://other.example" })],
      ["expired", await issueAccessToken(keyring, grant, { ...terms, nowMs: Date.now() - 601_000 })],
      [
        "a client of another directory",
        await issueAccessToken(keyring, { ...grant, clientId: bClient.clientId }, terms),
      ],
      [
        "a bearer token's id as its client",
        await issueAccessToken(keyring, { ...grant, clientId: a.bearerToken.split("_")[2] ?? "" }, terms),
      ],
      ["nobody as its client", await issueAccessToken(keyring, { ...grant, clientId: "RandomTok3n0" }, terms)],
      ["the client's secret", client.clientSecret],
      ["the start of it", token.slice(0, -10)],
    ];
  };

  it("everything else is one and the same 401", async () => {
    const refusals = new Set<string>();
    for (const [name, token] of await forged()) {
      const answer = await withToken(token);
      expect([name, answer.status]).toEqual([name, 401]);
      refusals.add(answer.text);
    }
    const { token } = await getToken(inBody());
    const elsewhere = await withToken(token, b);
    refusals.add(elsewhere.text);
    const asKey = await stage.admin.send("GET", "/tenants", undefined, { token });

    expect([elsewhere.status, asKey.status]).toEqual([401, 401]);
    expect(refusals.size).toBe(1);
    expect((await withToken(token)).status).toBe(200);
  });

  it("V28: a revoked client's tokens are refused within a second on every process that has the same address", async () => {
    const publicUrl = "https://muster.example";
    const twin = await openStage({ publicUrl });
    try {
      const bases = [twin.localUrl, (await twin.startSecondApi()).localUrl];
      const tenant = await twin.newTenant();
      const made = await twin.admin.postSecret(`${directoryOf(tenant)}/clients`);
      const url = String(made.tokenUrl).replace(publicUrl, twin.localUrl);
      const { token } = await getToken(inBody(made), {}, url);
      const status = async (base: string) => {
        const headers = { Authorization: `Bearer ${token}` };
        return (await fetch(`${base}/scim/v2/${tenant.directoryId}/Users`, { headers })).status;
      };
      for (const base of bases) expect(await status(base)).toBe(200);
      await twin.admin.send("DELETE", `${directoryOf(tenant)}/tokens/${made.id}`);
      const startedAtMs = performance.now();
      for (const base of bases)
        await waitFor(async () => (await status(base)) === 401, {
          timeoutMs: 10_000,
          everyMs: 20,
          what: "the refusal",
        });

      expect(performance.now() - startedAtMs).toBeLessThan(4_000);
      expect((await getToken(inBody(made), {}, url)).status).toBe(401);
    } finally {
      await twin.close();
    }
  });

  it("V26, V29, V30: what is switched off refuses the token endpoint too", async () => {
    const c = await stage.newTenant();
    const made = await stage.admin.postSecret(`${directoryOf(c)}/clients`);
    const url = String(made.tokenUrl);
    const { token } = await getToken(inBody(made), {}, url);
    const steps: [string, unknown, unknown][] = [
      [directoryOf(c), { enabled: false }, { enabled: true }],
      [directoryOf(c), { allowedAddresses: ["203.0.113.7"] }, { allowedAddresses: null }],
      [`/tenants/${c.id}`, { suspended: true }, { suspended: false }],
    ];
    for (const [at, off, on] of steps) {
      for (const [change, status] of [
        [off, 403],
        [on, 200],
      ] as const) {
        await stage.admin.send("PATCH", at, change);
        const both = async () => [(await getToken(inBody(made), {}, url)).status, (await withToken(token, c)).status];
        await waitFor(async () => (await both()).every((one) => one === status), {
          timeoutMs: 10_000,
          what: `${status} after ${JSON.stringify(change)}`,
        });
      }
    }
    expect((await getToken(inBody(made), {}, url)).body.error).toBeUndefined();
  });
});

it("V23: no client's secret and no access token was in any answer, log line, metric or row of all this", async () => {
  const metrics = await (await fetch(`${stage.localUrl}/metrics`)).text();
  const everything = [...stage.ear.heard(), metrics, ...(await stage.ledger.rows())];

  expect(stage.ear.secrets().filter((secret) => secret.startsWith("eyJ")).length).toBeGreaterThan(10);
  expect(stage.ear.secrets()).toContain(client.clientSecret);
  expect(findLeaks(everything, stage.ear.secrets())).toEqual([]);
});
