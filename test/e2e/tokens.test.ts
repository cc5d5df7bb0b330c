import { uuidV7 } from "@muster/runtime";
import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ERROR, parseBody } from "./clients.ts";
import { rawRequest } from "./raw-request.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";

let stage: Stage;
let elsewhere: string;
let a: Tenant;

beforeAll(async () => {
  stage = await openStage();
  elsewhere = (await stage.startSecondApi()).localUrl;
  a = await stage.newTenant();
});
afterAll(async () => {
  await stage.close();
});

const newDirectory = async (): Promise<{ at: string; id: string; token: string }> => {
  const { id, scim } = await stage.admin.postSecret(`/tenants/${a.id}/directories`, { provider: "okta" });
  return { at: `/tenants/${a.id}/directories/${id}`, id, token: scim.bearerToken };
};

/** What a request with this token is answered, by the first process or another. */
async function ask(directoryId: string, token: string, base = stage.localUrl, target = "/Users?count=0") {
  const headers = ["Authorization", `Bearer ${token}`];
  const { status, text } = await rawRequest(base, { target: `/scim/v2/${directoryId}${target}`, headers });
  return { status, body: parseBody(text) };
}
const statuses = async (directoryId: string, token: string): Promise<number[]> =>
  await Promise.all([stage.localUrl, elsewhere].map(async (base) => (await ask(directoryId, token, base)).status));

/** Waits until every process answers so, and says how long it took. */
async function becomes(directoryId: string, token: string, status: number): Promise<number> {
  const startedAtMs = performance.now();
  await waitFor(async () => (await statuses(directoryId, token)).every((one) => one === status), {
    timeoutMs: 10_000,
    everyMs: 20,
    what: `a ${status}`,
  });
  return performance.now() - startedAtMs;
}
/** A promise of a second, with room for a busy machine; the cache alone would hold on for five. */
const SOON_MS = 4_000;

describe("D03, A3: tokens are replaced without a gap", () => {
  it("both work during the overlap, the old one expires with it, on every process", async () => {
    const { at, id, token } = await newDirectory();
    const replaces = token.split("_")[2];
    const made = await stage.admin.postSecret(`${at}/tokens`, { replaces, overlapHours: 1, expiresInDays: 30 });

    expect(await statuses(id, token)).toEqual([200, 200]);
    expect(await statuses(id, made.bearerToken)).toEqual([200, 200]);
    const [old, fresh] = (await stage.admin.get(`${at}/tokens`)).body.items;
    const hours = (moment: unknown) => (Date.parse(String(moment)) - Date.now()) / 3_600_000;
    expect(hours(old?.expiresAt)).toBeCloseTo(1, 0);
    expect(hours(fresh?.expiresAt)).toBeCloseTo(30 * 24, 0);
    expect(old).toMatchObject({ id: replaces, last4: token.slice(-4), kind: "bearer", scopes: null });

    await stage.ledger.query(
      "update directory_tokens set expires_at = now() + interval '1 second' where public_id = $1",
      [replaces],
    );
    await stage.ledger.query("update credential_epoch set epoch = epoch + 1");
    expect(await becomes(id, token, 401)).toBeLessThan(SOON_MS);
    expect(await statuses(id, made.bearerToken)).toEqual([200, 200]);
  });

  it("V28: an overlap of 0 hours ends the old one within a second, on every process, caches included", async () => {
    const { at, id, token } = await newDirectory();
    expect(await statuses(id, token)).toEqual([200, 200]);
    const made = await stage.admin.postSecret(`${at}/tokens`, { replaces: token.split("_")[2], overlapHours: 0 });

    expect(await becomes(id, token, 401)).toBeLessThan(SOON_MS);
    expect(await statuses(id, made.bearerToken)).toEqual([200, 200]);
  });

  it("two are live at most, per kind, and only a live one of this directory can be replaced", async () => {
    const { at, token } = await newDirectory();
    const replaces = token.split("_")[2];
    const second = await stage.admin.postSecret(`${at}/tokens`);
    const tooMany = await stage.admin.send("POST", `${at}/tokens`, { replaces });
    const client = await stage.admin.postSecret(`${at}/clients`);
    const others = await Promise.all(
      [
        { replaces: "RandomTok3n0" },
        { replaces: client.id },
        { replaces: a.bearerToken.split("_")[2] },
        { overlapHours: 1 },
      ].map((body) => stage.admin.send("POST", `${at}/tokens`, body)),
    );
    const third = await stage.admin.postSecret(`${at}/tokens`, { replaces, overlapHours: 0 });

    expect([tooMany.status, tooMany.body.detail]).toEqual([409, expect.stringContaining("overlapHours 0")]);
    expect(others.map((answer) => answer.status)).toEqual([400, 400, 400, 400]);
    expect(new Set([second.id, third.id]).size).toBe(2);
    // What was refused left the old one as it was: only the last call ended it.
    const rows = await stage.ledger.query<{ live: boolean }>(
      "select expires_at > now() + interval '300 days' as live from directory_tokens where public_id = any($1)",
      [[second.id, third.id]],
    );
    expect(rows.map((row) => row.live)).toEqual([true, true]);
  });

  it("F33: expiry is the database's affair: a token that it calls expired is, whatever a process has cached", async () => {
    const { id, token } = await newDirectory();
    expect(await statuses(id, token)).toEqual([200, 200]);
    await stage.ledger.query("update directory_tokens set expires_at = now() where public_id = $1", [
      token.split("_")[2],
    ]);
    await stage.ledger.query("update credential_epoch set epoch = epoch + 1");

    expect(await becomes(id, token, 401)).toBeLessThan(SOON_MS);
  });
});

describe("A5: a scoped token does what its scopes say", () => {
  it("names the scope that it lacks, and may always discover", async () => {
    const { at, id } = await newDirectory();
    const made = await stage.admin.postSecret(`${at}/tokens`, { scopes: ["users:read", "groups:create"] });
    const { scim } = a;
    const send = (method: string, target: string, body?: unknown) =>
      scim.send(method, `/../${id}${target}`, body, { token: made.bearerToken });
    const user = `/Users/${uuidV7()}`;
    const refused = await Promise.all([
      send("POST", "/Users", { userName: "ada" }),
      send("PUT", user, { userName: "ada" }),
      send("PATCH", user, {}),
      send("DELETE", user),
      send("GET", "/Groups"),
      send("DELETE", `/Groups/${uuidV7()}`),
    ]);
    const taken = await Promise.all([
      send("GET", "/Users"),
      send("POST", "/Groups", { displayName: "Staff" }),
      send("GET", "/ServiceProviderConfig"),
      send("GET", "/Schemas"),
      send("GET", "/ResourceTypes"),
    ]);

    expect(refused.map(({ status, body }) => [status, body.schemas, body.detail])).toEqual(
      ["users:create", "users:update", "users:update", "users:delete", "groups:read", "groups:delete"].map((scope) => [
        403,
        [ERROR],
        expect.stringContaining(scope),
      ]),
    );
    expect(taken.map(({ status }) => status)).toEqual([200, 201, 200, 200, 200]);
  });

  it("its successor inherits the scopes unless others are asked for", async () => {
    const { at, id } = await newDirectory();
    const narrow = await stage.admin.postSecret(`${at}/tokens`, { scopes: ["users:read"] });
    const next = await stage.admin.postSecret(`${at}/tokens`, { replaces: narrow.id, overlapHours: 0 });
    const wide = await stage.admin.postSecret(`${at}/tokens`, { replaces: next.id, overlapHours: 0, scopes: null });

    expect([narrow.scopes, next.scopes, wide.scopes]).toEqual([["users:read"], ["users:read"], null]);
    expect((await ask(id, wide.bearerToken, stage.localUrl, "/Groups?count=0")).status).toBe(200);
  });
});

describe("V28 to V30: what is switched off is off, in the handler itself", () => {
  const patch = async (at: string, body: unknown) => {
    const answer = await stage.admin.send("PATCH", at, body);
    expect(answer.status).toBe(200);
    return answer.body;
  };

  it("V28, A12: a directory that is not enabled answers 403 with the fix, and is as before when it is enabled again", async () => {
    const { at, id, token } = await newDirectory();
    expect(await statuses(id, token)).toEqual([200, 200]);
    await patch(at, { enabled: false });
    expect(await becomes(id, token, 403)).toBeLessThan(SOON_MS);
    const answer = await ask(id, token);
    const discovery = await ask(id, token, stage.localUrl, "/ServiceProviderConfig");
    const wrong = await ask(id, `${token.slice(0, -1)}${token.endsWith("x") ? "y" : "x"}`);
    await patch(at, { enabled: true });

    expect(answer.body).toEqual({ schemas: [ERROR], status: "403", detail: expect.stringContaining("enabled") });
    expect([discovery.status, wrong.status]).toEqual([403, 401]);
    expect(await becomes(id, token, 200)).toBeLessThan(SOON_MS);
  });

  it("V29: a suspended tenant is refused after its own token only, new tokens too, and heals without a step", async () => {
    const b = await stage.newTenant();
    const at = `/tenants/${b.id}`;
    expect(await statuses(b.directoryId, b.bearerToken)).toEqual([200, 200]);
    expect(await patch(at, { suspended: true, name: "Late payer" })).toMatchObject({
      suspended: true,
      name: "Late payer",
    });
    expect(await becomes(b.directoryId, b.bearerToken, 403)).toBeLessThan(SOON_MS);
    const fresh = await stage.admin.postSecret(`${at}/directories/${b.directoryId}/tokens`);
    const other = await stage.admin.postSecret(`${at}/directories`, { provider: "entra" });

    expect(await statuses(b.directoryId, fresh.bearerToken)).toEqual([403, 403]);
    expect(await statuses(other.id, other.scim.bearerToken)).toEqual([403, 403]);
    expect((await ask(b.directoryId, "wrong")).status).toBe(401);
    expect(await statuses(a.directoryId, a.bearerToken)).toEqual([200, 200]);
    expect((await stage.admin.get("/tenants")).body.items.filter((tenant) => tenant.suspended)).toHaveLength(1);

    expect(await patch(at, { suspended: false })).toMatchObject({ suspended: false });
    for (const token of [b.bearerToken, fresh.bearerToken])
      expect(await becomes(b.directoryId, token, 200)).toBeLessThan(SOON_MS);
    const actions = (await stage.admin.get(`${at}/audit`)).body.items.map((entry) => entry.action);
    expect(actions).toEqual(expect.arrayContaining(["tenant.suspend", "tenant.resume"]));
  });

  it("V26: an address that is not on the list is refused without hearing the list", async () => {
    const { at, id, token } = await newDirectory();
    expect(await statuses(id, token)).toEqual([200, 200]);
    await patch(at, { allowedAddresses: ["203.0.113.0/24"] });
    expect(await becomes(id, token, 403)).toBeLessThan(SOON_MS);
    const answer = await ask(id, token);
    for (const header of ["203.0.113.9", "203.0.113.9, 203.0.113.9"]) {
      const spoofed = await rawRequest(stage.localUrl, {
        target: `/scim/v2/${id}/Users`,
        headers: ["Authorization", `Bearer ${token}`, "X-Forwarded-For", header],
      });
      expect(spoofed.status).toBe(403);
    }
    await patch(at, { allowedAddresses: ["203.0.113.0/24", "::ffff:127.0.0.0/104"] });

    expect(answer.body.schemas).toEqual([ERROR]);
    expect(answer.body.detail).not.toContain("203.0.113");
    expect(await becomes(id, token, 200)).toBeLessThan(SOON_MS);
    expect((await stage.admin.send("PATCH", at, { allowedAddresses: ["1.2.3.4/64"] })).status).toBe(400);
    expect(await patch(at, { allowedAddresses: null })).toMatchObject({ allowedAddresses: null });
  });

  it("V25: every setting is shown as it was set, with an audit row for each change, and bodies are closed", async () => {
    const { at } = await newDirectory();
    const body = {
      name: "Renamed",
      requestsPerSecond: 7,
      memberMatching: ["externalId"],
      tombstoneDays: 3,
      requestLog: { days: 0 },
    };

    expect(await patch(at, body)).toMatchObject({ ...body, enabled: true, requestLog: { days: 0, bodies: true } });
    expect(await patch(at, { requestLog: { bodies: false }, requestsPerSecond: null })).toMatchObject({
      ...body,
      requestsPerSecond: null,
      requestLog: { days: 0, bodies: false },
    });
    for (const foreign of [{ provider: "okta" }, { extensions: [] }, { tenantId: a.id }, { scim: {} }])
      expect((await stage.admin.send("PATCH", at, foreign)).status).toBe(400);
    const entries = (await stage.admin.get(`/tenants/${a.id}/audit`)).body.items;
    expect(
      entries.filter((entry) => entry.action === "directory.update" && at.endsWith(String(entry.target))),
    ).toHaveLength(2);
  });
});

describe("V09: there is no principal without a tenant", () => {
  it("an API key at a directory's address, or a token whose directory is gone, gets 401 and touches no tenant's table", async () => {
    const { id, token } = await newDirectory();
    await stage.ledger.query("delete from directories where id = $1", [id]);
    const seen: string[] = [];
    const connect = stage.db.pool.connect.bind(stage.db.pool);
    Object.assign(stage.db.pool, {
      connect: async () => {
        const client = await connect();
        const send = client.query.bind(client) as (...input: unknown[]) => unknown;
        const heard = (...input: unknown[]) => {
          seen.push(JSON.stringify(input[0]));
          return send(...input);
        };
        return new Proxy(client, {
          get: (target, name) => (name === "query" ? heard : Reflect.get(target, name, target)),
        });
      },
    });
    const answers = [await ask(id, token), await ask(id, stage.apiKey), await ask(a.directoryId, stage.apiKey)];
    Object.assign(stage.db.pool, { connect });
    const touched = seen.filter((text) =>
      /\b(users|groups|memberships|accounts|connections|requests|audit)\b/.test(text),
    );

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(touched).toEqual([]);
    // The presence that proves the absence: the one look-up of the token was seen.
    expect(seen.filter((text) => text.includes("find-directory-token"))).toHaveLength(1);
  });
});
