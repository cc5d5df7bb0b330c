import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { TargetAuth } from "@muster/connectors";
import { editConnection, putAssignments } from "@muster/provisioning";
import { compactVerify, decodeProtectedHeader } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AuthorizationServer, startAuthorizationServer } from "./authorization-server.ts";
import { type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";

let server: AuthorizationServer;
let lab: LaneLab;

beforeEach(async () => {
  // The app takes the newest token and no other.
  server = await startAuthorizationServer((token) => lab.app.setAuth({ scheme: "bearer", token }));
});
afterEach(async () => {
  await lab.close();
  await server.close();
});

async function open(auth: TargetAuth): Promise<void> {
  lab = await openLaneLab({ signIn: { addresses: [server.address], auth } });
  lab.app.setAuth({ scheme: "bearer", token: "nobody has it yet" });
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
}
const SECRET = "cl1ent+s3cret/with:all=signs";
const client = (more: object = {}): TargetAuth => ({
  scheme: "oauthClientCredentials",
  tokenUrl: server.tokenUrl,
  clientId: "muster:client",
  clientSecret: SECRET,
  clientSecretIn: "header",
  ...more,
});
const add = async (...names: string[]): Promise<void> => {
  for (const userName of names) await lab.createUser({ userName });
  await lab.drain();
};
const rows = async (text: string): Promise<Record<string, unknown>[]> =>
  (await lab.db.pool.query<Record<string, unknown>>(text)).rows;
const lane = async () =>
  (
    await rows(
      "select l.quarantined_at is not null as quarantined, c.state_reason from lanes l join connections c on c.id = l.connection_id",
    )
  )[0];
const failures = async () =>
  (await rows("select coalesce(sum(attempts), 0)::int as tries from accounts"))[0]?.["tries"];
/** Everything of the database that a person may come to see, and the sealed columns as they are. */
const whole = async (): Promise<string> => {
  const tables = await rows("select tablename from pg_tables where schemaname = 'public'");
  const texts = tables.map(({ tablename }) => rows(`select to_jsonb(t)::text as row from "${String(tablename)}" t`));
  return JSON.stringify(await Promise.all(texts));
};
const probeNow = async (): Promise<void> => {
  await lab.db.pool.query("update lanes set held_until = now(), due_at = now()");
  await lab.drain();
};

describe("H4: client credentials", () => {
  it("H4: one token serves many pushes and slices of a lane, and names what it is for", async () => {
    await open(client({ scope: "scim.write scim.read", audience: "https://app.example", resource: "urn:app" }));
    await add("ada", "bob", "cyd");
    await add("dan");

    expect(peopleIn(lab.app)).toEqual({ ada: "active", bob: "active", cyd: "active", dan: "active" });
    expect(server.calls).toEqual([
      {
        form: {
          grant_type: "client_credentials",
          scope: "scim.write scim.read",
          audience: "https://app.example",
          resource: "urn:app",
        },
        authorization: `Basic ${Buffer.from("muster%3Aclient:cl1ent%2Bs3cret%2Fwith%3Aall%3Dsigns").toString("base64")}`,
      },
    ]);
  });

  it("H4: the secret can go in the form instead", async () => {
    await open(client({ clientSecretIn: "body" }));
    await add("ada");

    expect(server.calls[0]).toEqual({
      form: { grant_type: "client_credentials", client_id: "muster:client", client_secret: SECRET },
      authorization: null,
    });
  });

  it("H4: a token is not used to its end, and the next one is asked for", async () => {
    await open(client());
    server.answer({ body: { expires_in: 0.001 } });
    await add("ada");
    server.answer(null);
    await add("bob");

    expect(server.calls.length).toBeGreaterThan(1);
    expect(peopleIn(lab.app)).toEqual({ ada: "active", bob: "active" });
    expect(await failures()).toBe(0);
  });

  it("H4: a token that the app takes no more is replaced, once, and nobody is charged", async () => {
    await open(client());
    await add("ada");
    lab.app.setAuth({ scheme: "bearer", token: "revoked" });
    await add("bob");
    const healed = { calls: server.calls.length, people: peopleIn(lab.app), failures: await failures() };
    const setAuth = lab.app.setAuth;
    lab.app.setAuth = () => undefined;
    setAuth({ scheme: "bearer", token: "no token opens it" });
    await add("cyd");

    expect(healed).toEqual({ calls: 2, people: { ada: "active", bob: "active" }, failures: 0 });
    expect(server.calls.length).toBeLessThanOrEqual(4);
    expect(await lane()).toMatchObject({ quarantined: true, state_reason: expect.stringContaining("401") });
    expect(await failures()).toBe(0);
  });

  it("H4: a client that the server does not know opens the quarantine with a notice that says what to do", async () => {
    await open(client());
    server.answer({ status: 401, body: { error: "invalid_client", error_description: `no ${SECRET} here` } });
    await add("ada", "bob");
    const notices = await rows("select kind, message from notices");
    server.answer(null);
    await probeNow();

    expect(notices).toMatchObject([
      {
        kind: "connection.quarantined",
        message: expect.stringMatching(
          /token endpoint answered 401 invalid_client.*check the client's id and its secret/,
        ),
      },
    ]);
    expect(JSON.stringify(notices)).not.toContain(SECRET);
    expect(await failures()).toBe(0);
    expect(peopleIn(lab.app)).toEqual({ ada: "active", bob: "active" });
  });

  it("H4: a token endpoint that is down is an outage: no create is in doubt, and all goes on when it is back", async () => {
    await open(client());
    server.answer({ status: 503 });
    await add("ada");
    const during = await rows("select state, reason, lookups from accounts");
    server.answer(null);
    await lab.passTime();
    await lab.drain();

    expect(during).toMatchObject([
      { state: "failing", reason: expect.stringContaining("token endpoint answered 503"), lookups: 0 },
    ]);
    expect(lab.app.ledger().filter((entry) => entry.method === "POST")).toHaveLength(1);
    expect(peopleIn(lab.app)).toEqual({ ada: "active" });
  });

  it("V63, V65: the token endpoint is dialled by the guard: one that is inside is never reached", async () => {
    const inside = await startAuthorizationServer(() => undefined);
    await open(client({ tokenUrl: inside.tokenUrl }));
    await add("ada");

    expect(inside.calls).toEqual([]);
    expect(await lane()).toMatchObject({ quarantined: true, state_reason: expect.stringContaining("blocked") });
    await inside.close();
  });

  it("V23, V71: neither the secret nor a token is in any row, nor in what is kept of requests", async () => {
    await open(client());
    await add("ada");
    lab.app.faults.set([{ kind: "status", status: 400, detail: `${server.issued[0]} is not welcome` }]);
    await add("bob");
    const kept = await whole();

    expect(kept).toContain("ada");
    for (const secret of [SECRET, ...server.issued]) expect(kept).not.toContain(secret);
  });

  it("H4: a new credential does not go on with the old one's token", async () => {
    await open(client());
    await add("ada");
    await editConnection(lab, lab.owner, lab.connectionId, {
      target: { kind: "scim", baseUrl: lab.app.baseUrl, auth: client({ clientId: "another" }) },
    });
    await add("bob");

    expect(server.calls).toHaveLength(2);
    expect(peopleIn(lab.app)).toEqual({ ada: "active", bob: "active" });
  });
});

const pemOf = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();
const keys = {
  RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  ES384: () => generateKeyPairSync("ec", { namedCurve: "P-384" }),
  EdDSA: () => generateKeyPairSync("ed25519"),
};

async function claimsOf(assertion: unknown, publicKey: KeyObject): Promise<Record<string, unknown>> {
  const { payload } = await compactVerify(String(assertion), publicKey);
  return { ...decodeProtectedHeader(String(assertion)), ...JSON.parse(Buffer.from(payload).toString()) };
}

describe("H6: signed assertions", () => {
  it.each(Object.entries(keys))("H6: an assertion signed with %s gets a token", async (alg, make) => {
    const { privateKey, publicKey } = make();
    await open({
      scheme: "oauthJwtBearer",
      tokenUrl: server.tokenUrl,
      issuer: "3MVG9",
      subject: "admin@acme.example",
      assertionAudience: "https://login.example",
      // As a form without line ends passes it on.
      privateKey: pemOf(privateKey).replaceAll("\n", ""),
      keyId: "k1",
      lifetimeSeconds: 120,
      scope: "api",
    });
    await add("ada");

    expect(peopleIn(lab.app)).toEqual({ ada: "active" });
    const form = server.calls[0]?.form ?? {};
    expect(form).toMatchObject({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", scope: "api" });
    const claims = await claimsOf(form["assertion"], publicKey);
    expect(claims).toMatchObject({
      alg,
      kid: "k1",
      iss: "3MVG9",
      sub: "admin@acme.example",
      aud: "https://login.example",
      jti: expect.any(String),
    });
    expect(Number(claims["exp"]) - Number(claims["iat"])).toBe(120);
  });

  it("H4: a client signs in with its key instead of a secret", async () => {
    const { privateKey, publicKey } = keys.ES256();
    await open({
      scheme: "oauthPrivateKeyJwt",
      tokenUrl: server.tokenUrl,
      clientId: "muster",
      privateKey: pemOf(privateKey),
    });
    await add("ada");

    expect(peopleIn(lab.app)).toEqual({ ada: "active" });
    const form = server.calls[0]?.form ?? {};
    expect(form).toMatchObject({
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    });
    expect(await claimsOf(form["client_assertion"], publicKey)).toMatchObject({
      iss: "muster",
      sub: "muster",
      aud: server.tokenUrl,
    });
  });

  it("H6: an assertion that is refused opens the quarantine", async () => {
    const { privateKey } = keys.ES256();
    await open({
      scheme: "oauthJwtBearer",
      tokenUrl: server.tokenUrl,
      issuer: "muster",
      privateKey: pemOf(privateKey),
    });
    server.answer({ status: 400, body: { error: "invalid_grant" } });
    await add("ada");

    expect(await lane()).toMatchObject({ quarantined: true, state_reason: expect.stringContaining("invalid_grant") });
    expect(await failures()).toBe(0);
  });

  it.each([
    ["no key", "-----BEGIN PRIVATE KEY-----\nbm90aGluZw==\n-----END PRIVATE KEY-----"],
    ["a short RSA key", pemOf(generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey)],
    [
      "a key with a passphrase",
      keys
        .ES256()
        .privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "p" })
        .toString(),
    ],
  ])("H6: %s is refused when it is saved, by the name of the field", async (_what, privateKey) => {
    await open(client());
    const auth: TargetAuth = { scheme: "oauthJwtBearer", tokenUrl: server.tokenUrl, issuer: "muster", privateKey };
    const saving = editConnection(lab, lab.owner, lab.connectionId, {
      target: { kind: "scim", baseUrl: lab.app.baseUrl, auth },
    });

    await expect(saving).rejects.toThrow(/^target.auth.privateKey: it must be a private key in PEM/);
  });
});
