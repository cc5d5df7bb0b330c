import { startTcpProxy, type TcpProxy, waitFor } from "@muster/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

describe("a worker that is cut off from Postgres, and not from the app", () => {
  let stage: Stage;
  let proxy: TcpProxy;
  let cut: URL;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres" });
    cut = new URL(stage.env["DATABASE_URL"] ?? "");
    proxy = await startTcpProxy({ upstream: { host: cut.hostname, port: Number(cut.port) } });
    Object.assign(cut, { hostname: proxy.host, port: String(proxy.port) });
  });
  afterEach(() => stage.killWorkers());
  afterAll(async () => {
    await stage.close();
    await proxy.close();
  });

  it.each(["stall", "refuse"] as const)(
    "F60: by a network that would %s, stops sending before its lease ends and records nothing late",
    async (kind) => {
      const customer = await stage.onboard({
        app: { uniqueNames: false, faults: [{ kind: "latency", latencyMs: 50 }] },
        settings: { maxInFlight: 4 },
      });
      const worker = stage.startWorker({ env: { DATABASE_URL: cut.href } });
      await customer.driver.createMany("user", 150);
      await waitFor(() => customer.app.counts().users > 10, { timeoutMs: timing.healWithinMs, what: "some pushes" });
      await proxy.setMode({ kind });
      const cutAtMs = Date.now();
      // Until another has the lane, the one that was cut off must have fallen silent by itself.
      const silentSince = await waitFor(() => isSilent(customer.app.ledger().length), {
        timeoutMs: timing.healWithinMs,
        everyMs: 100,
        what: "the worker to fall silent",
      });
      stage.startWorker();
      await waitFor(async () => (await customer.status()).settled, {
        timeoutMs: timing.healWithinMs,
        what: "another worker to finish",
      });
      await proxy.setMode({ kind: "pass" });
      await customer.expectHealed();

      expect(silentSince - cutAtMs).toBeLessThan(timing.leaseMs + timing.callMs);
      expect(worker.starts()).toBe(1);
    },
  );
});

const QUIET_MS = 1_500;
let seen = { length: -1, atMs: 0 };

/** Since when no request came, once that is a while. */
function isSilent(length: number): number | false {
  if (length !== seen.length) seen = { length, atMs: Date.now() };
  return Date.now() - seen.atMs > QUIET_MS && seen.atMs;
}
