import { randomBytes } from "node:crypto";
import { issueToken } from "@muster/credentials";
import { readNetwork } from "@muster/runtime";
import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ERROR, parseBody } from "./clients.ts";
import { rawRequest } from "./raw-request.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";

const RATE = 20;
const FAILURES = 10;
const loopback = readNetwork("127.0.0.0/8");

let stage: Stage;
let a: Tenant;

beforeAll(async () => {
  stage = await openStage({
    limits: { inboundPerSecond: RATE, failuresPerMinute: FAILURES },
    trustedProxies: loopback === null ? [] : [loopback],
  });
  a = await stage.newTenant();
});
afterAll(async () => {
  await stage.close();
});

/** A request as the trusted proxy passes it on. */
async function from(address: string, authorization: string, target = `/scim/v2/${a.directoryId}/Users?count=0`) {
  const headers = ["Authorization", authorization, "X-Forwarded-For", address];
  const { status, headers: answered, text } = await rawRequest(stage.localUrl, { target, headers });
  return { status, headers: answered, body: parseBody(text) };
}
const unknownToken = () => `Bearer ${issueToken(stage.keyring, "scim").token}`;
const right = () => `Bearer ${a.bearerToken}`;

it("V20: links that somebody asks about by made-up ids are 429 after some hundred, and nobody else's", async () => {
  const ask = (address: string) => from(address, "", "/branding/000000000000");
  const answers = await Promise.all(Array.from({ length: 400 }, () => ask("198.51.100.7")));
  const limited = answers.filter(({ status }) => status === 429);

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404, 429]));
  expect(limited[0]?.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
  expect((await ask("203.0.113.77")).status).toBe(404);
});

describe("D14: requests of one directory", () => {
  it("B18: above its burst are 429 in SCIM with whole seconds to wait, its neighbour's are not", async () => {
    const b = await stage.newTenant();
    const answers = await Promise.all(Array.from({ length: 6 * RATE }, () => from("203.0.113.1", right())));
    const limited = answers.filter((answer) => answer.status === 429);
    const neighbour = await from("203.0.113.1", `Bearer ${b.bearerToken}`, `/scim/v2/${b.directoryId}/Users?count=0`);

    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200, 429]));
    expect(answers.length - limited.length).toBeGreaterThanOrEqual(2 * RATE);
    expect(limited[0]?.body).toEqual({
      schemas: [ERROR],
      status: "429",
      detail: expect.stringContaining("20 requests"),
    });
    expect(limited[0]?.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
    expect(neighbour.status).toBe(200);
    await waitFor(async () => (await from("203.0.113.1", right())).status === 200, {
      timeoutMs: 10_000,
      what: "the bucket to fill",
    });
  });

  it("a body is not read before: a limited request with junk is 429, not 400", async () => {
    await Promise.all(Array.from({ length: 3 * RATE }, () => from("203.0.113.1", right())));
    const answers = await Promise.all(Array.from({ length: RATE }, () => a.scim.send("POST", "/Users", "{", {})));

    expect(answers.map((answer) => answer.status)).toContain(429);
    await waitFor(async () => (await from("203.0.113.1", right())).status === 200, {
      timeoutMs: 10_000,
      what: "the bucket to fill",
    });
  });

  it("V30: a figure of its own replaces the installation's, upwards and downwards, and null gives it back", async () => {
    const c = await stage.newTenant();
    const at = `/tenants/${c.id}/directories/${c.directoryId}`;
    const target = `/scim/v2/${c.directoryId}/Users?count=0`;
    const burst = async () => {
      const all = Array.from({ length: 3 * RATE }, () => from("203.0.113.1", `Bearer ${c.bearerToken}`, target));
      return (await Promise.all(all)).filter((answer) => answer.status === 200).length;
    };
    await stage.admin.send("PATCH", at, { requestsPerSecond: 1_000 });
    await waitFor(async () => (await burst()) === 3 * RATE, { timeoutMs: 10_000, what: "more to be let through" });
    await stage.admin.send("PATCH", at, { requestsPerSecond: 1 });
    await waitFor(async () => (await burst()) <= 2, { timeoutMs: 10_000, what: "less to be let through" });
    await stage.admin.send("PATCH", at, { requestsPerSecond: null });
    // Each look takes what has come since the last one, so there must be time between them.
    await waitFor(async () => (await burst()) >= 5, {
      timeoutMs: 20_000,
      everyMs: 1_000,
      what: "the installation's own again",
    });
  });
});

describe("D14, V27: wrong credentials from one network", () => {
  it("are 429 after ten a minute, in each surface's own form, and the next network's are 401", async () => {
    const wrong = [];
    for (let n = 0; n < FAILURES + 5; n += 1) wrong.push(await from("198.51.100.7", unknownToken()));
    const other = await from("198.51.101.7", unknownToken());
    const oauth = await fetch(`${stage.localUrl}/oauth/v2/${a.directoryId}/token`, {
      method: "POST",
      headers: { "X-Forwarded-For": "198.51.100.8" },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    const api = await from("198.51.100.9", "Bearer wrong", "/api/v1/tenants");

    expect(wrong.map((answer) => answer.status)).toEqual([...Array(FAILURES).fill(401), ...Array(5).fill(429)]);
    expect(wrong.at(-1)?.body).toMatchObject({ schemas: [ERROR], status: "429" });
    expect(wrong.at(-1)?.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
    expect(other.status).toBe(401);
    expect([oauth.status, parseBody(await oauth.text()).error]).toEqual([429, "temporarily_unavailable"]);
    expect(oauth.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
    expect([api.status, api.headers["content-type"]]).toEqual([429, "application/problem+json"]);
    expect(api.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
  });

  it("do not lock out who is right there: neither a token in use nor one that this process never saw", async () => {
    const fresh = await stage.admin.postSecret(`/tenants/${a.id}/directories/${a.directoryId}/tokens`);
    expect((await from("198.51.100.7", unknownToken())).status).toBe(429);

    expect((await from("198.51.100.7", right())).status).toBe(200);
    await waitFor(async () => (await from("198.51.100.7", `Bearer ${fresh.bearerToken}`)).status === 200, {
      timeoutMs: 10_000,
      what: "a new token to be looked up",
    });
    expect((await from("198.51.100.7", `Bearer ${stage.apiKey}`, "/api/v1/tenants")).status).toBe(200);
  });

  it("count together whatever stands left in the header, or in the low 64 bits", async () => {
    const statuses: number[] = [];
    for (let n = 0; n < FAILURES + 3; n += 1)
      statuses.push(
        (await from(`junk, 192.0.2.${n}, 2001:db8:0:${n}:${randomBytes(2).toString("hex")}::1`, unknownToken())).status,
      );

    expect(statuses.slice(-3)).toEqual([429, 429, 429]);
  });

  it("V26: an allow-list reads what the proxy says, and junk is denied", async () => {
    const c = await stage.newTenant();
    const at = `/tenants/${c.id}/directories/${c.directoryId}`;
    const status = async (forwarded: string) =>
      (await from(forwarded, `Bearer ${c.bearerToken}`, `/scim/v2/${c.directoryId}/Users?count=0`)).status;
    await stage.admin.send("PATCH", at, { allowedAddresses: ["203.0.113.0/24"] });
    await waitFor(async () => (await status("192.0.2.1")) === 403, { timeoutMs: 10_000, what: "the list" });

    expect(await status("203.0.113.9")).toBe(200);
    expect(await status("::ffff:203.0.113.9")).toBe(200);
    expect(await status("junk, 203.0.113.9")).toBe(200);
    for (const junk of [
      "",
      "203.0.113.9, junk",
      "203.0.113.9:443",
      "fe80::1%eth0",
      "[203.0.113.9]",
      "127.0.0.1",
      "203.0.113.9,",
    ])
      expect([junk, await status(junk)]).toEqual([junk, 403]);
  });
});
