import { waitFor } from "@muster/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { isProbe } from "./ledger-checks.ts";
import { type Customer, callAdmin, openStage, type Stage, type Status } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

/** A published minute, in which no probe comes by itself within a test. */
const NO_PROBE = { MUSTER_PROBE_MINUTE_MS: "60000" };

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ backend: "postgres" });
});
afterEach(() => stage.killWorkers());
afterAll(() => stage.close());

const admin = (method: string, path: string, body?: unknown) =>
  callAdmin({ origin: stage.origins[0] ?? "", apiKey: stage.apiKey }, method, path, body);

async function untilState(customer: Customer, state: Status["state"]): Promise<Status> {
  return await waitFor(
    async () => {
      const status = await customer.status();
      return status.state === state ? status : undefined;
    },
    { timeoutMs: timing.healWithinMs, everyMs: 50, what: `the connection to be ${state}` },
  );
}

describe("a quarantined connection", () => {
  it("F26, I20: an app that fails is left in peace but for probes, and gets its removals first when it is back", async () => {
    const customer = await stage.onboard();
    const { app, driver } = customer;
    // Several probes fail, and each waits longer than the one before.
    stage.startWorker({ env: { MUSTER_PROBE_MINUTE_MS: String(timing.probeMinuteMs / 5) } });
    await driver.createMany("leaver", 3);
    await customer.expectHealed();
    app.clearLedger();
    app.faults.set([{ kind: "status", status: 500 }]);
    // All at once, or the outage of the first few holds the others back and nobody tries twenty times.
    await admin("POST", `/api/v1/connections/${customer.connectionId}/pause`);
    await driver.createMany("user", 40);
    await admin("POST", `/api/v1/connections/${customer.connectionId}/resume`);
    await untilState(customer, "quarantined");
    const failed = app.ledger().length;
    for (const leaver of ["leaver-0", "leaver-1", "leaver-2"]) await driver.setActive(leaver, false);
    await waitFor(() => app.ledger().length >= failed + 3, { timeoutMs: timing.healWithinMs, what: "three probes" });
    const inside = app.ledger().slice(failed);
    app.clearLedger();
    // Some of those who were not tried yet, so that nobody fails often enough to wait for minutes.
    const isLate = ({ body }: { body: string }): boolean => /user-3\d/.test(body);
    app.faults.set([{ kind: "status", status: 500, probability: 0.3, times: 4, method: "POST", matches: isLate }]);
    await customer.expectHealed(["connection.pause", "connection.resume"]);
    const after = app.ledger();
    const writes = after.filter((entry) => entry.method !== "GET");

    // Half of 20 tries, and what was under way beside them.
    expect(failed).toBeLessThan(60);
    expect(inside.filter((entry) => !isProbe(entry))).toEqual([]);
    expect(after.slice(0, 1).every(isProbe)).toBe(true);
    expect(writes.slice(0, 3).map((entry) => entry.method)).toEqual(["PATCH", "PATCH", "PATCH"]);
    expect(app.duplicates()).toEqual([]);
  });

  it("F35: a refused credential charges nobody; the new one has everything going again within 10 s", async () => {
    const customer = await stage.onboard();
    const { app, driver } = customer;
    stage.startWorker({ env: NO_PROBE });
    await driver.createMany("early", 5);
    await customer.expectHealed();
    app.setAuth({ scheme: "bearer", token: "rotated-by-the-app-owner" });
    app.clearLedger();
    await driver.createMany("late", 20);
    const refused = await untilState(customer, "quarantined");
    const sent = app.ledger().length;
    await admin("PATCH", `/api/v1/connections/${customer.connectionId}`, {
      target: { kind: "scim", baseUrl: app.baseUrl, auth: app.auth() },
    });
    const changedAtMs = Date.now();
    await waitFor(() => app.counts().users === 25, { timeoutMs: timing.healWithinMs, everyMs: 50, what: "everybody" });
    const tookMs = Date.now() - changedAtMs;
    await customer.expectHealed();
    const { items } = await admin("GET", `/api/v1/connections/${customer.connectionId}/accounts?pageSize=100`);

    expect(refused.reason).toContain("401");
    expect(sent).toBeLessThanOrEqual(4);
    expect(tookMs).toBeLessThan(10_000);
    expect(items.every((account: { attempts: number }) => account.attempts === 0)).toBe(true);
  });

  it("J2: status says why, since when and when it is probed next; resuming by hand probes at once", async () => {
    const customer = await stage.onboard();
    const { app, driver } = customer;
    stage.startWorker({ env: NO_PROBE });
    app.faults.set([
      { kind: "reply", status: 302, contentType: "text/html", body: "", headers: { location: "/login" } },
    ]);
    await driver.create("ana");
    await untilState(customer, "quarantined");
    const status = await admin("GET", `/api/v1/connections/${customer.connectionId}/status`);
    app.faults.clear();
    const resumed = await admin("POST", `/api/v1/connections/${customer.connectionId}/resume`);
    await customer.expectHealed(["connection.resume"]);

    expect(status).toMatchObject({ since: expect.any(String), nextProbeAt: expect.any(String) });
    expect(status.reason).toContain("302");
    expect(Date.parse(status.nextProbeAt) - Date.parse(status.since)).toBeGreaterThan(50_000);
    expect(resumed).toMatchObject({ id: customer.connectionId, paused: false });
  });
});

describe("answers that are not what they say", () => {
  it("F41: a login page with 200 is never taken for success", async () => {
    const customer = await stage.onboard();
    const { app, driver } = customer;
    stage.startWorker();
    await driver.createMany("user", 5);
    await customer.expectHealed();
    app.faults.set([{ kind: "html200" }]);
    app.clearLedger();
    await driver.setActive("user-0", false);
    await driver.setTitle("user-1", "Dr");
    await driver.create("newcomer");
    await waitFor(() => app.ledger().length >= 3, { timeoutMs: timing.healWithinMs, what: "three login pages" });
    await waitFor(async () => (await customer.status()).accounts.failing > 0, {
      timeoutMs: timing.healWithinMs,
      what: "a failing account",
    });
    const synced = (await customer.status()).accounts.synced;
    app.faults.clear();
    await customer.expectHealed();

    expect(synced).toBeLessThanOrEqual(3);
  });

  it("F42: answers that show another id, another name or somebody still active are not believed", async () => {
    const customer = await stage.onboard();
    const { app, driver } = customer;
    stage.startWorker();
    await driver.createMany("user", 6);
    await customer.expectHealed();
    app.faults.set([
      // Says yes and does nothing, with and without a body.
      { kind: "reply", status: 204, contentType: "text/plain", body: "", method: "PATCH", times: 2 },
      { kind: "alter", set: { id: "another" }, method: "PATCH", times: 1 },
      { kind: "alter", set: { userName: "another" }, method: "PATCH", times: 1 },
      { kind: "alter", set: { active: true }, method: "PATCH", times: 1 },
    ]);
    for (let leaver = 0; leaver < 6; leaver += 1) await driver.setActive(`user-${leaver}`, false);
    await customer.expectHealed();
    const struck = app.faults.list().map((entry) => entry.struck);

    expect(struck).toEqual([2, 1, 1, 1]);
  });
});

describe("pausing by hand", () => {
  it("J3: nothing is sent while paused; what changed goes out once when it is resumed, and both are in the audit", async () => {
    const customer = await stage.onboard();
    const { app, driver } = customer;
    stage.startWorker();
    await driver.createMany("user", 3);
    await customer.expectHealed();
    const at = `/api/v1/connections/${customer.connectionId}`;
    const paused = await admin("POST", `${at}/pause`);
    await waitFor(async () => (await leased(customer)) === false, { timeoutMs: 10_000, what: "the lane to be let go" });
    app.clearLedger();
    for (const title of ["one", "two", "three"]) await driver.setTitle("user-0", title);
    await driver.setActive("user-1", false);
    const neighbour = await stage.onboard();
    await neighbour.driver.create("neighbour");
    await neighbour.expectHealed();
    const whilePaused = { status: await admin("GET", `${at}/status`), sent: app.ledger().length };
    await admin("POST", `${at}/resume`);
    await customer.expectHealed(["connection.pause", "connection.resume"]);
    const { items } = await admin("GET", `/api/v1/tenants/${customer.tenantId}/audit`);

    expect(paused).toMatchObject({ paused: true, state: "paused" });
    expect(whilePaused).toMatchObject({ sent: 0, status: { state: "paused", since: expect.any(String) } });
    expect(app.ledger().filter((entry) => entry.method === "PATCH")).toHaveLength(2);
    expect(items.map((row: { action: string }) => row.action)).toEqual(
      expect.arrayContaining(["connection.pause", "connection.resume"]),
    );
  });
});

describe("fairness", () => {
  it("I13: small tenants are served within a round while one tenant has several long lanes", async () => {
    const slow = { app: { faults: [{ kind: "latency" as const, latencyMs: 100 }] } };
    const large = await stage.onboard(slow);
    const small = await Promise.all(Array.from({ length: 4 }, () => stage.onboard()));
    for (let lane = 0; lane < 4; lane += 1) await connectAgain(large);
    await large.driver.createMany("crowd", 200, 16);
    stage.startWorker({ env: { MUSTER_WORKER_SLOTS: "3" } });
    await waitFor(() => large.app.counts().users > 10, { timeoutMs: timing.healWithinMs, what: "the crowd to go out" });
    await Promise.all(small.map((customer) => customer.driver.create("somebody")));
    await waitFor(() => small.every((customer) => customer.app.user("somebody") !== undefined), {
      timeoutMs: timing.healWithinMs,
      what: "the small tenants to be served",
    });
    const { rows } = await stage.db.pool.query<{ left: number }>(
      "select count(*)::int as left from lanes where tenant_id = $1 and due_at is not null",
      [large.tenantId],
    );
    const madeThen = large.app.counts().users;

    expect(rows[0]?.left).toBeGreaterThan(0);
    expect(madeThen).toBeLessThan(200);
  });
});

async function leased(customer: Customer): Promise<boolean> {
  const { rows } = await stage.db.pool.query<{ leased: boolean }>(
    "select coalesce(lease_until > now(), false) as leased from lanes where connection_id = $1",
    [customer.connectionId],
  );
  return rows[0]?.leased === true;
}

/** A further lane of the same tenant, to the same app. */
async function connectAgain(customer: Customer): Promise<void> {
  const { items } = await admin("GET", `/api/v1/tenants/${customer.tenantId}/connections`);
  const [{ appId, directoryId, target }] = items;
  const made = await admin("POST", `/api/v1/tenants/${customer.tenantId}/connections`, {
    appId,
    directoryId,
    target: { kind: "scim", baseUrl: target.baseUrl, auth: customer.app.auth() },
  });
  await admin("PUT", `/api/v1/connections/${made.id}/assignments`, { everyone: true });
}
