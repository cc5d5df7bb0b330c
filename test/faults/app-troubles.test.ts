import type { LedgerEntry } from "@muster/simulator";
import { startTcpProxy, type TcpProxy, waitFor } from "@muster/testkit";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { type Customer, onEachBackend, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const HOUR_MS = 3_600_000;

onEachBackend("an app in trouble", (backend) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ backend });
  });
  afterEach(() => stage.killWorkers());
  afterAll(() => stage.close());

  it("F25: a 429 pauses the whole connection for its Retry-After, whatever that says, within sane bounds (G6)", async () => {
    stage.startWorker();
    const throttle = async (retryAfter: () => string, pauseMs: number) => {
      const customer = await stage.onboard({ settings: { maxInFlight: 4 } });
      await customer.driver.create("first");
      await customer.expectHealed();
      customer.app.clearLedger();
      const header = retryAfter();
      customer.app.faults.set([
        { kind: "status", status: 429, times: 1, retryAfter: header },
        // The calls beside it are answered later, so that the refusal is heard before any of them makes room for another.
        { kind: "latency", latencyMs: 500, skip: 1, times: 3 },
      ]);
      await customer.driver.createMany("user", 20);
      return { customer, header, pauseMs };
    };
    const throttled = await Promise.all([
      throttle(() => "2", 2_000),
      throttle(() => "-1", 5_000),
      throttle(() => "soon", 5_000),
      throttle(() => new Date(Date.now() + 5_000).toUTCString(), 0),
    ]);
    const year = await throttle(() => "31536000", HOUR_MS);
    await Promise.all(throttled.map(({ customer }) => customer.expectHealed()));
    const heldMs = await waitFor(() => heldFor(stage, year.customer), {
      timeoutMs: timing.healWithinMs,
      what: "the long pause",
    });
    const inTheHour = year.customer.app.ledger().length;
    // The hour is over by hand, and what was said before it is no measure for what comes after.
    year.customer.app.clearLedger();
    await stage.db.pool.query("update lanes set held_until = now() where connection_id = $1", [
      year.customer.connectionId,
    ]);
    await year.customer.expectHealed();

    for (const { customer, header, pauseMs } of throttled) {
      const sent = { header, inPause: inPause(customer.app.ledger(), pauseMs, header) };
      // The calls that were under way beside the first one.
      expect(sent).toEqual({ header, inPause: expect.toSatisfy((count: number) => count <= 3) });
    }
    expect(heldMs).toBeGreaterThan(0.9 * HOUR_MS);
    expect(heldMs).toBeLessThanOrEqual(HOUR_MS);
    expect(inTheHour).toBeLessThanOrEqual(4);
  });

  it("F27: a create that was made but never answered is looked up and linked, not repeated", async () => {
    const proxies: TcpProxy[] = [];
    const customer = await stage.onboard({
      // Were it repeated, this app would make a second account.
      app: { uniqueNames: false },
      address: async (app) => {
        const [host = "", port] = app.address.split(":");
        const proxy = await startTcpProxy({ upstream: { host, port: Number(port) } });
        proxies.push(proxy);
        return `${proxy.host}:${proxy.port}`;
      },
    });
    const [proxy] = proxies;
    await proxy?.setMode({ kind: "swallow-reply" });
    stage.startWorker();
    await customer.driver.createMany("user", 10);
    await waitFor(() => customer.app.counts().users > 0, {
      timeoutMs: timing.healWithinMs,
      what: "an account that nobody heard of",
    });
    await waitFor(async () => (await customer.status()).accounts.failing > 0, {
      timeoutMs: timing.healWithinMs,
      what: "the silence to be noticed",
    });
    await proxy?.setMode({ kind: "pass" });
    await customer.expectHealed();
    await stage.killWorkers();
    await proxy?.close();

    expect(proxy?.counts().swallowedReplyBytes).toBeGreaterThan(0);
    expect(customer.app.ledger().filter((entry) => entry.method === "POST")).toHaveLength(10);
  });

  it("R2: a leaver goes out before most of 500 creates that wait in the same lane", async () => {
    const customer = await stage.onboard({ settings: { maxInFlight: 4 } });
    stage.startWorker();
    await customer.driver.create("leaver");
    await customer.expectHealed();
    customer.app.faults.set([{ kind: "latency", latencyMs: 50 }]);
    customer.app.clearLedger();
    await customer.driver.createMany("user", 500, 32);
    await customer.driver.setActive("leaver", false);
    const madeBefore = customer.app.counts().users;
    await customer.expectHealed();
    const order = customer.app.ledger().filter((entry) => entry.method !== "GET");
    const createsBefore = order.slice(
      0,
      order.findIndex((entry) => entry.method === "PATCH"),
    ).length;

    // Only the batch that was under way when it came, and most were still waiting then.
    expect(madeBefore).toBeLessThan(300);
    expect(createsBefore - madeBefore).toBeLessThan(150);
    expect(order).toHaveLength(501);
  });

  it("trap 5: a leaver goes out while 20 other lanes keep the worker busy (G13, G15)", async () => {
    const quiet = await stage.onboard();
    const slow = { app: { faults: [{ kind: "latency" as const, latencyMs: 200 }] }, settings: { maxInFlight: 1 } };
    const busy: Customer[] = await Promise.all(Array.from({ length: 20 }, () => stage.onboard(slow)));
    stage.startWorker({ env: { MUSTER_WORKER_SLOTS: "5" } });
    await quiet.driver.create("leaver");
    await quiet.expectHealed();
    await Promise.all(busy.map((customer, index) => customer.driver.createMany(`busy-${index}`, 40, 2)));
    await quiet.driver.setActive("leaver", false);
    await waitFor(() => quiet.app.user("leaver")?.active === false, {
      timeoutMs: timing.healWithinMs,
      what: "the leaver to be out",
    });
    const made = busy.map((customer) => customer.app.counts().users);
    for (const customer of busy) customer.app.faults.clear();
    await Promise.all(busy.map((customer) => customer.expectHealed()));

    expect(made.filter((users) => users === 40)).toEqual([]);
  });
});

/** Requests that reached the app within the pause that began when it had answered 429; a date says when that ends. */
function inPause(ledger: readonly LedgerEntry[], pauseMs: number, header: string): number {
  const refused = ledger.find((entry) => entry.status === 429);
  if (refused?.doneAtMs === undefined) throw new Error("The app never said 429");
  const { seq, doneAtMs } = refused;
  const endsAtMs = pauseMs === 0 ? Date.parse(header) : doneAtMs + pauseMs;
  return ledger.filter((entry) => entry.seq > seq && entry.atMs < endsAtMs).length;
}

async function heldFor(stage: Stage, customer: Customer): Promise<number> {
  const { rows } = await stage.db.pool.query<{ held_ms: number }>(
    "select extract(epoch from held_until - now())::float8 * 1000 as held_ms from lanes where connection_id = $1",
    [customer.connectionId],
  );
  return rows[0]?.held_ms ?? 0;
}
