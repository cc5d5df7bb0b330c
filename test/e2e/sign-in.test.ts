import { createHmac, generateKeyPairSync, sign as signWith } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createBrowserClient } from "./browser-client.ts";
import { findLeaks } from "./ear.ts";
import type { IdentityServer } from "./identity-server.ts";
import { failed, openSignInLab, PUBLIC_URL, type SignInLab } from "./sign-in-lab.ts";
import { openStage, type Stage } from "./stage.ts";

let lab: SignInLab;
let idp: IdentityServer;
let stage: Stage;
let browser: SignInLab["browser"];

beforeAll(async () => {
  lab = await openSignInLab();
  ({ idp, stage, browser } = lab);
});
afterAll(async () => {
  await lab.close();
});
afterEach(() => {
  idp.forge(null);
  idp.sendBack(null);
  idp.fail("/token", null);
});

const newPerson: SignInLab["newPerson"] = (claims) => lab.newPerson(claims);
const invite: SignInLab["invite"] = (email, role) => lab.invite(email, role);
const begin: SignInLab["begin"] = () => lab.begin();
const comeBack: SignInLab["comeBack"] = (returned, cookies) => lab.comeBack(returned, cookies);
const signIn: SignInLab["signIn"] = () => lab.signIn();
const jarOf: SignInLab["jarOf"] = (session) => lab.jarOf(session);
const signedIn: SignInLab["signedIn"] = (role) => lab.signedIn(role);

describe("D08: signing in at the identity provider", () => {
  it("lets in who was invited by an address that it vouches for, as issuer and subject", async () => {
    const { email, sub } = newPerson({ email: "Person1@Acme.Example" });
    const id = await invite(` ${email}`.trim(), "operator");
    const { cookie, url, setCookie } = await begin();
    const asked = new URL(url);
    const back = await comeBack(await idp.visit(url), cookie);
    const jar = await jarOf(back.session);
    const shown = await browser.ask("GET", "/session", { jar });

    expect(setCookie).toMatch(
      /^__Host-muster_sign_in=mst_signin_\w+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600; Secure$/,
    );
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({
      response_type: "code",
      client_id: "muster-console",
      redirect_uri: `${PUBLIC_URL}/session/callback`,
      scope: "openid email profile",
      code_challenge_method: "S256",
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(back).toMatchObject({ status: 303, location: `${PUBLIC_URL}/` });
    expect(back.set.find((one) => one.includes("muster_session"))).toMatch(
      /; HttpOnly; SameSite=Lax; Max-Age=43200; Secure$/,
    );
    expect(back.set.find((one) => one.includes("muster_sign_in"))).toContain("Max-Age=0");
    expect(shown.body).toMatchObject({ signedInWith: { memberId: id, email, name: "P 1" }, role: "operator" });
    expect((await browser.ask("GET", "/api/v1/tenants", { jar })).status).toBe(200);
    expect((await browser.ask("POST", "/api/v1/tenants", { jar, body: { name: "Acme" } })).status).toBe(403);
    const [kept] = await stage.ledger.query("select issuer, subject from member_profiles where member_id = $1", [id]);
    expect(kept).toEqual({ issuer: idp.issuer, subject: sub });
  });

  it("D13: what a member does stands in the audit in their name, and goes on when their address changes", async () => {
    const { sub, email } = newPerson();
    const id = await invite(email, "admin");
    const jar = await jarOf((await signIn()).session);
    const made = await browser.ask("POST", "/api/v1/tenants", { jar, body: { name: "Acme" } });
    idp.person({ sub, email: `renamed.${email}`, email_verified: true });
    const again = await jarOf((await signIn()).session);

    const audit = await browser.ask("GET", `/api/v1/tenants/${made.body.id}/audit`, { jar: again });
    expect(audit.body.items).toMatchObject([{ actor: `member:${id}`, action: "tenant.create" }]);
    const rows = await stage.ledger.query<{ action: string }>(
      "select action from workspace_audit where actor = $1 order by id",
      [`member:${id}`],
    );
    expect(rows.map(({ action }) => action).sort()).toEqual([
      "member.email",
      "member.join",
      "session.create",
      "session.create",
    ]);
    expect((await browser.ask("GET", "/session", { jar: again })).body["signedInWith"]).toMatchObject({
      memberId: id,
      email: `renamed.${email}`,
    });
  });

  it("takes the address from the userinfo endpoint where the ID token has none", async () => {
    const { email } = newPerson({ email: undefined, email_verified: undefined });
    await invite(email);
    idp.userinfo({ email, email_verified: true });

    expect((await signIn()).session).not.toBeNull();
    idp.userinfo({});
  });

  it("V80: begins a session of its own, and ends the one that the browser held", async () => {
    const before = await signedIn("admin");
    const { cookie, url } = await begin();
    const back = await comeBack(await idp.visit(url), `${cookie}; ${before.session}`);

    expect(back.session).not.toBe(before.session);
    expect((await browser.ask("GET", "/session", { jar: before.jar })).status).toBe(401);
    expect((await browser.ask("GET", "/session", { jar: await jarOf(back.session) })).status).toBe(200);
  });

  it("is begun from a page of ours only", async () => {
    for (const site of ["cross-site", "same-site", "none"]) {
      const answer = await browser.ask("POST", "/session/sign-in", { headers: { "Sec-Fetch-Site": site } });
      expect([answer.status, answer.headers["set-cookie"]]).toEqual([403, undefined]);
    }
    expect((await browser.ask("GET", "/session/sign-in")).body).toEqual({ provider: { name: "Acme SSO" } });
    expect((await browser.ask("DELETE", "/session/sign-in")).status).toBe(405);
  });
});

describe("V80: an answer is for the browser that asked, once", () => {
  it("the state of one browser opens nothing in another, and the first may go on", async () => {
    const { email } = newPerson();
    await invite(email);
    const [first, second] = [await begin(), await begin()];
    const returned = await idp.visit(first.url);

    expect(await comeBack(returned, second.cookie)).toMatchObject(failed("started-elsewhere"));
    expect(await comeBack(returned, "")).toMatchObject(failed("started-elsewhere"));
    expect(await comeBack(returned, `${first.cookie}; ${first.cookie}`)).toMatchObject(failed("started-elsewhere"));
    expect((await comeBack(returned, first.cookie)).session).not.toBeNull();
    expect(await comeBack(returned, first.cookie)).toMatchObject(failed("started-elsewhere"));
    const [joined] = await stage.ledger.query("select count(*)::int as count from members where joined_at is null", []);
    expect(joined).toEqual({ count: 0 });
  });

  it("a state that is missing, made up or too old opens nothing", async () => {
    newPerson();
    const { cookie, url } = await begin();
    const returned = await idp.visit(url);
    const publicId = cookie.split("_").at(-2) ?? "";
    for (const state of [null, "", "x", publicId, "A".repeat(43)]) {
      const changed = new URL(returned);
      if (state === null) changed.searchParams.delete("state");
      else changed.searchParams.set("state", state);
      expect(await comeBack(changed, cookie)).toMatchObject(failed("started-elsewhere"));
    }
    await stage.ledger.query("update sign_ins set expires_at = now() where used_at is null", []);
    expect(await comeBack(returned, cookie)).toMatchObject(failed("started-elsewhere"));
  });

  it("many who come back at once with the same answer get one session", async () => {
    const { email } = newPerson();
    await invite(email);
    const { cookie, url } = await begin();
    const returned = await idp.visit(url);
    const answers = await Promise.all(Array.from({ length: 6 }, () => comeBack(returned, cookie)));

    expect(answers.filter(({ session }) => session !== null)).toHaveLength(1);
  });

  it("no address is taken from whoever comes: one goes to the portal and nowhere else", async () => {
    const { email } = newPerson();
    await invite(email);
    idp.sendBack((url) => {
      for (const name of ["redirect_uri", "returnTo", "next", "url"])
        url.searchParams.set(name, "https://evil.example/");
    });
    expect(await signIn()).toMatchObject({ location: `${PUBLIC_URL}/` });
  });

  it("RFC 9207: an answer in another provider's name is refused, and so is a no", async () => {
    newPerson();
    idp.sendBack((url) => url.searchParams.set("iss", "https://evil.example"));
    expect(await signIn()).toMatchObject(failed("not-understood"));
    idp.sendBack((url) => {
      url.searchParams.delete("code");
      url.searchParams.set("error", "access_denied");
      url.searchParams.set("error_description", "<script>alert(1)</script>");
    });
    expect(await signIn()).toMatchObject(failed("denied"));
  });
});

describe("V81: an ID token is believed as far as it proves", () => {
  const now = () => Math.floor(Date.now() / 1_000);
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const unsaid = (claims: Record<string, unknown>) => ({ email_verified: undefined, ...claims });
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  type Forge = NonNullable<Parameters<IdentityServer["forge"]>[0]>;
  const claimed =
    (claims: Record<string, unknown>): Forge =>
    ({ header, claims: own, sign }) =>
      sign(header, { ...own, ...claims });

  it.each<[string, Forge]>([
    ["another issuer", claimed({ iss: "https://evil.example" })],
    ["another audience", claimed({ aud: "another-client" })],
    ["several audiences without a party", claimed({ aud: ["muster-console", "another"] })],
    ["another authorized party", claimed({ aud: ["muster-console", "another"], azp: "another" })],
    ["another nonce", claimed({ nonce: "A".repeat(43) })],
    ["no nonce", claimed({ nonce: undefined })],
    ["no subject", claimed({ sub: undefined })],
    ["a subject that is no text", claimed({ sub: "a\u0000b" })],
    ["its time over", claimed({ exp: now() - 120 })],
    ["no end", claimed({ exp: undefined })],
    ["a time to come", claimed({ nbf: now() + 300 })],
    ["no signature", ({ claims }) => `${encode({ alg: "none" })}.${encode(claims)}.`],
    ["a signature cut off", ({ header, claims, sign }) => `${sign(header, claims).split(".").slice(0, 2).join(".")}.`],
    [
      "other words under the same signature",
      ({ header, claims, sign }) => {
        const [head, , signature] = sign(header, claims).split(".");
        return `${head}.${encode({ ...claims, email: "owner@acme.example" })}.${signature}`;
      },
    ],
    [
      "a key of somebody else's",
      ({ header, claims }) => {
        const input = `${encode(header)}.${encode(claims)}`;
        return `${input}.${signWith("sha256", Buffer.from(input), other).toString("base64url")}`;
      },
    ],
    [
      "the public key as a shared secret",
      ({ header, claims, publicJwk }) => {
        const input = `${encode({ ...header, alg: "HS256" })}.${encode(claims)}`;
        return `${input}.${createHmac("sha256", JSON.stringify(publicJwk)).update(input).digest("base64url")}`;
      },
    ],
    ["encryption instead of a signature", () => `${encode({ alg: "RSA-OAEP", enc: "A256GCM" })}.a.b.c.d`],
    ["nothing", () => ""],
  ])("%s: refused, and nobody is let in", async (_name, forge) => {
    const { email } = newPerson();
    const id = await invite(email);
    idp.forge(forge);

    expect(await signIn()).toMatchObject(failed("not-understood"));
    const [row] = await stage.ledger.query("select joined_at from members where id = $1", [id]);
    expect(row).toEqual({ joined_at: null });
  });

  it("clocks may differ by a minute", async () => {
    const { email } = newPerson();
    await invite(email);
    idp.forge(claimed({ exp: now() - 30, nbf: now() + 30 }));

    expect((await signIn()).session).not.toBeNull();
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["an address that nobody verified", { email_verified: false }, "email-unverified"],
    ["one that it says nothing of", { email_verified: undefined }, "email-unverified"],
    ["a text that looks like yes", { email_verified: "true" }, "email-unverified"],
    ["no address", { email: undefined }, "email-unverified"],
    ["an address of another domain", { email: "ada@elsewhere.example" }, "email-domain"],
    ["a no, whatever Entra ID says beside it", { email_verified: false, xms_edov: true }, "email-unverified"],
    ["a domain of which Entra ID says that it is not its tenant's", unsaid({ xms_edov: false }), "email-unverified"],
    ["a text that looks like that yes", unsaid({ xms_edov: "true" }), "email-unverified"],
    ["a domain that ends alike", { email: "ada@not-acme.example" }, "email-domain"],
    ["one below the domain", { email: "ada@sub.acme.example" }, "email-domain"],
  ])("%s does not let anybody in", async (_name, claims, why) => {
    const { email } = newPerson(claims);
    await invite(email);
    const other = claims["email"];
    if (typeof other === "string") await invite(other);

    expect(await signIn()).toMatchObject(failed(why));
  });

  it.each([true, 1, "1"])(
    "Entra ID: an address lets in by xms_edov %j, where nothing else is said",
    async (xms_edov) => {
      const { email } = newPerson(unsaid({ xms_edov }));
      await invite(email);

      expect((await signIn()).session).not.toBeNull();
    },
  );

  it.each([{ email_verified: true }, { xms_edov: true }])(
    "what the ID token says (%j) is not said of an address that only the userinfo endpoint names",
    async (said) => {
      const { email } = newPerson({ email: undefined, email_verified: undefined, ...said });
      await invite(email);
      idp.userinfo({ email });

      expect(await signIn()).toMatchObject(failed("email-unverified"));
      idp.userinfo({});
    },
  );

  it("an address with another letter that only looks the same in small is another", async () => {
    const { email } = newPerson();
    await invite(`k.${email}`);
    newPerson({ email: `\u212A.${email}` });
    expect(await signIn()).toMatchObject(failed("not-invited"));
    newPerson({ email: `K.${email}` });
    expect((await signIn()).session).not.toBeNull();
  });

  it("an invitation is for one person, once; the same address of another subject is nobody", async () => {
    const { email } = newPerson();
    const id = await invite(email, "owner");
    const first = await signIn();
    idp.person({ sub: "somebody-else", email, email_verified: true });
    const second = await signIn();

    expect([first.session !== null, second]).toEqual([true, expect.objectContaining(failed("not-invited"))]);
    expect((await stage.admin.send("POST", "/members", { email: email.toUpperCase(), role: "auditor" })).status).toBe(
      409,
    );
    expect((await stage.admin.send("PATCH", `/members/${id}`, { role: "auditor" })).status).toBe(409);
    // Removed and invited again, it is whoever comes now.
    await signedIn("owner");
    expect((await stage.admin.send("DELETE", `/members/${id}`)).status).toBe(204);
    await invite(email, "auditor");
    idp.person({ sub: "somebody-else", email, email_verified: true });
    expect((await signIn()).session).not.toBeNull();
  });

  it("an invitation that ran out or was withdrawn lets nobody in, and may be made anew", async () => {
    const { email } = newPerson();
    const late = await invite(email);
    await stage.ledger.query("update members set invited_until = now() where id = $1", [late]);
    expect(await signIn()).toMatchObject(failed("not-invited"));
    const listed = await stage.admin.get("/members?pageSize=200");
    expect(listed.body.items.find(({ id }) => id === late)).toMatchObject({ state: "expired" });
    const anew = await invite(email);
    const ended = await stage.ledger.query("select action from workspace_audit where target = $1 order by id", [late]);
    expect(ended.map((row) => row["action"])).toEqual(["member.invite.admin", "member.expire"]);
    await stage.admin.send("DELETE", `/members/${anew}`);
    expect(await signIn()).toMatchObject(failed("not-invited"));
    await invite(email);
    expect((await signIn()).session).not.toBeNull();
  });
});

describe("an identity provider that is down", () => {
  it("when a sign-in begins: said so, with the way by an API key", async () => {
    const second = await openStage({ signIn: { ...idp.settings, allowedDomains: [] } });
    idp.fail("/.well-known/openid-configuration", 503);
    const other = createBrowserClient(second);
    const down = await other.ask("POST", "/session/sign-in");
    idp.fail("/.well-known/openid-configuration", null);
    const up = await other.ask("POST", "/session/sign-in");
    await second.close();

    expect(down).toMatchObject({
      status: 503,
      body: { detail: expect.stringMatching(/^Acme SSO does not answer.*API key/) },
    });
    expect(down.headers["set-cookie"]).toBeUndefined();
    expect(up.status).toBe(201);
  });

  it("when somebody comes back: said so, and the same answer is not tried twice", async () => {
    newPerson();
    idp.fail("/token", 503);
    const { cookie, url } = await begin();
    const returned = await idp.visit(url);

    expect(await comeBack(returned, cookie)).toMatchObject(failed("provider-away"));
    expect(await comeBack(returned, cookie)).toMatchObject(failed("started-elsewhere"));
  });

  it("V63: one inside the house is never dialled", async () => {
    const signInAt = { ...idp.settings, issuer: "https://169.254.169.254", allowedDomains: [] };
    const second = await openStage({ signIn: signInAt });
    const answer = await createBrowserClient(second).ask("POST", "/session/sign-in");
    const lines = second.ear.logLines().filter((line) => line.includes("could not sign in"));
    await second.close();

    expect(answer.status).toBe(503);
    expect(lines).toEqual([expect.stringContaining("blocked")]);
  });
});

it("V23: no token, state or verifier is in any log line or row, and no address in a log line", async () => {
  const lines = stage.ear.logLines().join("\n");

  expect(lines).toContain("could not sign in");
  expect(lines).not.toMatch(/@acme\.example|code_verifier|id_token/);
  expect(findLeaks([...stage.ear.heard(), ...(await stage.ledger.rows())], stage.ear.secrets())).toEqual([]);
});
