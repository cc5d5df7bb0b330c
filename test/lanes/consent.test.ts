import type { TargetAuth } from "@muster/connectors";
import { beginConsent, editConnection, finishConsent, type Owner, readConsent } from "@muster/provisioning";
import type { CrashPoints } from "@muster/runtime";
import { waitFor } from "@muster/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuthorizationServer } from "./authorization-server.ts";
import {
  agree,
  anotherWorker,
  authAt,
  drainByAnother,
  giveAccess,
  openConsentLab,
  REDIRECT_URI,
  SECRET,
} from "./consent-lab.ts";
import { type LaneLab, peopleIn } from "./lane-lab.ts";

let server: AuthorizationServer;
let lab: LaneLab;

const auth = (change: object = {}): TargetAuth => authAt(server, change);

beforeEach(async () => {
  ({ server, lab } = await openConsentLab());
});
afterEach(async () => {
  await lab.close();
  await server.close();
});

const begin = (owner: Owner = lab.owner) =>
  beginConsent(lab, owner, { connectionId: lab.connectionId, redirectUri: REDIRECT_URI });
const give = () => giveAccess(lab);
const add = async (userName: string): Promise<void> => {
  await lab.createUser({ userName });
  await lab.drain();
};
const consent = () => readConsent(lab, lab.owner, lab.connectionId);
const rows = async (text: string): Promise<Record<string, unknown>[]> =>
  (await lab.db.pool.query<Record<string, unknown>>(text)).rows;
const quarantine = async () => (await rows("select state, state_reason from connections"))[0];
const grants = () => server.calls.map(({ form }) => form["grant_type"]);
const another = (crash?: CrashPoints) => anotherWorker(lab, server, crash);
const drainAfresh = (crash?: CrashPoints) => drainByAnother(lab, server, crash);
/** The lane is tried again, and its token is over. */
const later = () =>
  lab.db.pool.query("update lanes set held_until = now(), due_at = now(), lease_until = null").then(() => undefined);

describe("H5: access that an administrator of the app gives", () => {
  it("H5: nothing is sent before; then one code, with its verifier, opens the app", async () => {
    await add("ada");
    const before = { ...(await quarantine()), calls: server.calls.length, consent: (await consent()).state };
    const { authorizationUrl } = await begin();
    const asked = (await consent()).state;
    const url = new URL(authorizationUrl);
    await finishConsent(lab, lab.owner, await agree(authorizationUrl));
    await lab.drain();

    expect(before).toMatchObject({
      state: "quarantined",
      state_reason: expect.stringContaining("no administrator of the app has given access yet"),
      calls: 0,
      consent: "none",
    });
    expect(asked).toBe("asked");
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      prompt: "consent",
      response_type: "code",
      client_id: "muster",
      redirect_uri: REDIRECT_URI,
      scope: "scim offline_access",
      code_challenge_method: "S256",
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(server.calls[0]?.form).toMatchObject({
      grant_type: "authorization_code",
      redirect_uri: REDIRECT_URI,
      client_secret: SECRET,
      code_verifier: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(peopleIn(lab.app)).toEqual({ ada: "active" });
    expect(await consent()).toMatchObject({ state: "given", givenBy: "test", reason: null });
    expect(await rows("select kind from notices")).toEqual([]);
  });

  it("V80: a state is good once, for whoever asked, in this tenant, and for ten minutes", async () => {
    const stranger: Owner = { ...lab.owner, actor: "key:another" };
    const { authorizationUrl } = await begin();
    const answer = await agree(authorizationUrl);
    const refused = (owner: Owner, state = answer.state) =>
      finishConsent(lab, owner, { ...answer, state }).then(
        () => "taken",
        (error: unknown) => (error instanceof Error ? error.message : "?"),
      );
    const wrong = [
      await refused(stranger),
      await refused(lab.owner, Buffer.alloc(48, 1).toString("base64url")),
      await refused(lab.owner, lab.connectionId),
    ];
    await lab.db.pool.query("update app_grants set asked_until = now()");
    wrong.push(await refused(lab.owner));
    await lab.db.pool.query("update app_grants set asked_until = now() + interval '1 minute'");
    const first = await refused(lab.owner);
    wrong.push(await refused(lab.owner));

    expect(first).toBe("taken");
    expect(new Set(wrong).size).toBe(1);
    expect(wrong[0]).toMatch(/^state: it is unknown, was used before/);
  });

  it("V80: who is sent again has one state that holds, the last", async () => {
    const first = await agree((await begin()).authorizationUrl);
    const second = await agree((await begin()).authorizationUrl);

    await expect(finishConsent(lab, lab.owner, first)).rejects.toThrow(/^state: /);
    await expect(finishConsent(lab, lab.owner, second)).resolves.toEqual({ connectionId: lab.connectionId });
  });

  it("H5: an app that gives no access leaves everything as it was", async () => {
    await give();
    await add("ada");
    const { state } = await agree((await begin()).authorizationUrl);
    await finishConsent(lab, lab.owner, { state, code: null });
    await add("bob");

    expect(peopleIn(lab.app)).toEqual({ ada: "active", bob: "active" });
    expect((await consent()).state).toBe("given");
    expect(await rows("select action from audit where action like 'connection.consent%' order by id")).toMatchObject(
      ["ask", "give", "ask", "refuse"].map((word) => ({ action: `connection.consent.${word}` })),
    );
  });

  it("H5: a refresh token that is replaced at each use is followed, by any worker", async () => {
    await give();
    server.answer({ body: { expires_in: 1 } });
    let last = 0;
    for (const [name, refreshToken] of [
      ["ada", "r1"],
      ["bob", "r2"],
      ["cyd", "r3"],
    ] as const) {
      server.answer({ body: { expires_in: 0.001, refresh_token: refreshToken } });
      await lab.createUser({ userName: name });
      await drainAfresh();
      const sent = server.calls.slice(last).map(({ form }) => form["refresh_token"]);
      last = server.calls.length;
      if (name !== "ada") expect(sent[0]).toBe(name === "bob" ? "r1" : "r2");
    }

    expect(peopleIn(lab.app)).toEqual({ ada: "active", bob: "active", cyd: "active" });
    expect(grants()[0]).toBe("authorization_code");
    expect(new Set(grants().slice(1))).toEqual(new Set(["refresh_token"]));
  });

  it("H5: a server that keeps its refresh token goes on with it", async () => {
    await give();
    server.answer({ body: { expires_in: 0.001, refresh_token: "r1" } });
    await add("ada");
    server.answer({ body: { expires_in: 0.001, refresh_token: undefined } });
    await add("bob");
    await lab.createUser({ userName: "cyd" });
    await drainAfresh();

    expect(peopleIn(lab.app)).toEqual({ ada: "active", bob: "active", cyd: "active" });
    expect(new Set(server.calls.slice(1).map(({ form }) => form["refresh_token"]))).toEqual(new Set(["r1"]));
  });

  it("H5: another worker goes on with the token that is there", async () => {
    await give();
    await add("ada");
    await lab.createUser({ userName: "bob" });
    await drainAfresh();

    expect(peopleIn(lab.app)).toEqual({ ada: "active", bob: "active" });
    expect(grants()).toEqual(["authorization_code"]);
  });

  it("H5: of two workers that need a token at once, one asks, and both go on", async () => {
    await give();
    server.answer({ body: { expires_in: 0.001, refresh_token: "r1" } });
    await add("ada");
    server.answer({ body: { refresh_token: "r2" } });
    const asked = server.calls.length;
    const workers = [another(), another()];
    const context = { signal: new AbortController().signal, timeoutMs: 5_000 };
    const outcomes = await Promise.all(
      workers.map(async ({ change }) =>
        (await change.openConnector(lab.owner.tenantId, lab.connectionId)).probe(context),
      ),
    );
    for (const { close } of workers) await close();

    expect(outcomes.map(({ kind }) => kind)).toEqual(["ok", "ok"]);
    expect(server.calls.length - asked).toBe(1);
  });

  it("H5: access that was taken back is quarantine, with a notice that says what to do, and given again it heals", async () => {
    await give();
    server.answer({ body: { expires_in: 0.001 } });
    await add("ada");
    server.answer({ status: 400, body: { error: "invalid_grant", error_description: "revoked by an administrator" } });
    await add("bob");
    const over = { notices: await rows("select kind, message from notices"), consent: await consent() };
    const asked = server.calls.length;
    await later();
    await lab.drain();
    const askedAgain = server.calls.length - asked;
    server.answer(null);
    await give();
    await lab.drain();

    expect(over.notices).toMatchObject([
      {
        kind: "connection.quarantined",
        message: expect.stringMatching(
          /invalid_grant: revoked by an administrator.*have an administrator of the app give access again/,
        ),
      },
    ]);
    expect(over.consent).toMatchObject({ state: "over", reason: expect.stringContaining("invalid_grant") });
    // A grant that is over is not tried again.
    expect(askedAgain).toBe(0);
    expect(peopleIn(lab.app)).toEqual({ ada: "active", bob: "active" });
    expect(await rows("select kind from notices")).toEqual([]);
    expect(await rows("select coalesce(sum(attempts), 0)::int as tries from accounts")).toEqual([{ tries: 0 }]);
  });

  it("H5: an outage of the token endpoint does not end the grant", async () => {
    await give();
    server.answer({ body: { expires_in: 0.001 } });
    await add("ada");
    server.answer({ status: 502 });
    await add("bob");
    const during = (await consent()).state;
    server.answer(null);
    await lab.passTime();
    await lab.drain();

    expect(during).toBe("given");
    expect(peopleIn(lab.app)).toEqual({ ada: "active", bob: "active" });
  });

  it("H5: without a refresh token the access is over with its first token, and says so", async () => {
    await give();
    server.answer({ body: { expires_in: 0.001, refresh_token: undefined } });
    await add("ada");
    await add("bob");

    expect(await consent()).toMatchObject({ state: "over", reason: expect.stringContaining("gave no refresh token") });
    expect(await quarantine()).toMatchObject({ state: "quarantined" });
  });

  it("F36, H5: a worker that dies between the answer and its record loses the grant at most, and never silently", async () => {
    await give();
    server.answer({ body: { expires_in: 0.001, refresh_token: "r1" } });
    await add("ada");
    server.answer({ body: { refresh_token: "r2" } });
    await lab.createUser({ userName: "bob" });
    let deaths = 0;
    await drainAfresh((name) => {
      if (name !== "grant-issued") return;
      deaths += 1;
      throw new Error("killed");
    }).catch(() => undefined);
    const unrecorded = await rows(
      "select asking_until > now() as held, sealed_tokens is not null as kept from app_grants",
    );
    // Others wait until its turn is over; then the server takes the old token no more.
    await lab.db.pool.query("update app_grants set asking_until = now()");
    server.answer({ status: 400, body: { error: "invalid_grant" } });
    await lab.db.pool.query("update lanes set lease_until = null");
    await lab.passTime();
    await drainAfresh();

    expect({ deaths, unrecorded }).toEqual({ deaths: 1, unrecorded: [{ held: true, kept: true }] });
    expect(await consent()).toMatchObject({ state: "over" });
    expect(await rows("select kind from notices")).toEqual([{ kind: "connection.quarantined" }]);
  });

  it("H5: a turn that another process has taken since records nothing", async () => {
    await give();
    server.answer({ body: { expires_in: 0.001, refresh_token: "r1" } });
    await add("ada");
    server.answer({ body: { refresh_token: "late" } });
    await lab.createUser({ userName: "bob" });
    await drainAfresh((name) => {
      // While it stood still, another had a turn.
      if (name === "grant-issued") void lab.db.pool.query("update app_grants set turn = turn + 1, asking_until = null");
    });
    await waitFor(async () => (await consent()).state === "given", { timeoutMs: 5_000, what: "the grant" });
    await later();
    await lab.drain();

    expect(peopleIn(lab.app)).toEqual({ ada: "active", bob: "active" });
  });

  it("H5: another client has nothing of the old one's; a new secret of the same client keeps the access", async () => {
    await give();
    await add("ada");
    const retarget = (change: object) =>
      editConnection(lab, lab.owner, lab.connectionId, {
        target: { kind: "scim", baseUrl: lab.app.baseUrl, auth: auth(change) },
      });
    await retarget({ clientSecret: "another" });
    const same = (await consent()).state;
    await retarget({ clientId: "another" });

    expect([same, (await consent()).state]).toEqual(["given", "none"]);
  });

  it("V23: state, verifier, code and tokens are in no row in clear", async () => {
    const { authorizationUrl } = await begin();
    const answer = await agree(authorizationUrl);
    await finishConsent(lab, lab.owner, answer);
    const asked = JSON.stringify(await rows("select to_jsonb(g)::text as row from app_grants g"));
    server.answer({ body: { refresh_token: "a-refresh-token-0123456789" } });
    await add("ada");
    const tables = await rows("select tablename from pg_tables where schemaname = 'public'");
    const texts = tables.map(({ tablename }) => rows(`select to_jsonb(t)::text as row from "${String(tablename)}" t`));
    const whole = asked + JSON.stringify(await Promise.all(texts));
    const verifier = String(server.calls[0]?.form["code_verifier"]);

    expect(whole).toContain("ada");
    for (const secret of [
      answer.state,
      answer.code,
      verifier,
      ...server.issued,
      "a-refresh-token-0123456789",
      SECRET,
    ]) {
      expect(secret.length).toBeGreaterThan(10);
      expect(whole).not.toContain(secret);
    }
  });

  it("H5: a connection that signs in otherwise has nothing to consent to", async () => {
    await editConnection(lab, lab.owner, lab.connectionId, {
      target: { kind: "scim", baseUrl: lab.app.baseUrl, auth: { scheme: "bearer", token: "t" } },
    });

    await expect(begin()).rejects.toThrow("This connection signs in by bearer: there is nothing to consent to");
  });
});
