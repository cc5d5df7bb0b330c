import { fileURLToPath } from "node:url";
import {
  describeWithRedis,
  type SpawnedProcess,
  spawnProcess,
  startTcpProxy,
  type TcpProxy,
  waitFor,
} from "@muster/testkit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const MAINS = ["api", "worker"].map((app) => ({
  app,
  script: fileURLToPath(new URL(`../../apps/${app}/src/main.ts`, import.meta.url)),
}));

describeWithRedis("Redis in trouble", () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage({ backend: "redis", apis: 2 });
  });
  afterEach(() => stage.close());

  it("F12: full, it costs no write and no push, and is used again when it has room", async () => {
    const customer = await stage.onboard();
    const worker = stage.startWorker();
    await customer.driver.createMany("before", 10);
    await customer.expectHealed();
    await stage.redis?.cli(["CONFIG", "SET", "maxmemory", "1"]);
    await customer.driver.createMany("during", 40);
    await customer.driver.setActive("before-0", false);
    await customer.expectHealed();
    const keysWhileFull = await stage.redis?.cli(["DBSIZE"]);
    await stage.redis?.cli(["CONFIG", "SET", "maxmemory", "0"]);
    const rungBefore = await rings(stage);
    await customer.driver.createMany("after", 10);
    await waitFor(async () => (await rings(stage)) > rungBefore, {
      timeoutMs: timing.healWithinMs,
      what: "rings to arrive again",
    });
    await customer.expectHealed();

    expect(customer.driver.troubles).toEqual([]);
    expect(Number(keysWhileFull)).toBeLessThan(20);
    expect([worker, ...stage.apis].map((process) => process.starts())).toEqual([1, 1, 1]);
    expect(stage.apis.flatMap((api) => api.output()).filter((line) => line.includes("OOM")).length).toBeGreaterThan(0);
  });

  it("F13: with an evicting policy or without its file, api and worker refuse to start in production", async () => {
    const env = {
      ...stage.env,
      MUSTER_DEV: "",
      MUSTER_PUBLIC_URL: "https://muster.example",
      PORT: "0",
      MUSTER_WORKER_PORT: "0",
    };
    const refusals: string[] = [];
    for (const [name, unfit, fit] of [
      ["maxmemory-policy", "allkeys-lru", "noeviction"],
      ["appendonly", "no", "yes"],
    ] as const) {
      await stage.redis?.cli(["CONFIG", "SET", name, unfit]);
      for (const { app, script } of MAINS) {
        const { code, says } = await waitFor(
          async () => {
            const process = spawnProcess({ name: app, script, env });
            const exit = await Promise.race([process.exited, runs(process)]);
            const lines = [...process.stdout, ...process.stderr];
            return exit.code !== "ran" && { code: exit.code, says: lines.some((line) => line.includes(name)) };
          },
          // A Redis that is too slow to be asked is no reason to refuse, and on a busy machine it may be.
          { timeoutMs: timing.healWithinMs, what: `the ${app} to refuse ${name}` },
        );
        refusals.push(`${app} ${name} ${code} ${says}`);
      }
      await stage.redis?.cli(["CONFIG", "SET", name, fit]);
    }

    // While it writes its file anew it does not end when it is asked to.
    await stage.redis?.kill9();

    expect(refusals).toEqual([
      "api maxmemory-policy 1 true",
      "worker maxmemory-policy 1 true",
      "api appendonly 1 true",
      "worker appendonly 1 true",
    ]);
  });
});

describeWithRedis("a Redis that is far away", () => {
  it("F14: half open, then slow, it keeps nobody waiting: writes are answered, leavers go, and rings come back by themselves", async () => {
    const proxies: TcpProxy[] = [];
    const stage = await openStage({
      backend: "redis",
      async redisBehind(port) {
        const proxy = await startTcpProxy({ upstream: { host: "127.0.0.1", port } });
        proxies.push(proxy);
        return `redis://${proxy.host}:${proxy.port}`;
      },
    });
    const [proxy] = proxies;
    try {
      const customer = await stage.onboard();
      const worker = stage.startWorker();
      await customer.driver.createMany("before", 10);
      await customer.expectHealed();
      for (const mode of [{ kind: "stall" }, { kind: "delay", delayMs: 2_000 }] as const) {
        await proxy?.setMode(mode);
        await customer.driver.createMany(mode.kind, 20);
        await customer.driver.setActive(`before-${mode.kind === "stall" ? 0 : 1}`, false);
        await customer.expectHealed();
      }
      await proxy?.setMode({ kind: "pass" });
      const before = await rings(stage);
      await waitFor(
        async () => {
          await customer.driver.setTitle("before-2", `Title ${Date.now()}`);
          return (await rings(stage)) > before;
        },
        { timeoutMs: timing.healWithinMs, everyMs: 200, what: "rings to arrive again" },
      );
      await customer.expectHealed();

      expect(customer.driver.troubles).toEqual([]);
      expect([worker, ...stage.apis].map((process) => process.starts())).toEqual([1, 1]);
    } finally {
      await stage.close();
      await proxy?.close();
    }
  });
});

/** A process that did not refuse is ended by the test. */
async function runs(process: SpawnedProcess): Promise<{ code: string }> {
  await process.waitForLine(/is ready/, { timeoutMs: timing.healWithinMs }).catch(() => undefined);
  await process.kill("SIGKILL");
  return { code: "ran" };
}

/** Jobs that were ever put on the two queues, by the counters that give them their ids. */
async function rings(stage: Stage): Promise<number> {
  const counters = await Promise.all(
    ["lanes", "removals"].map(async (name) => await stage.redis?.cli(["GET", `{muster}:${name}:id`])),
  );
  return counters.reduce((sum, value) => sum + Number(value ?? 0), 0);
}
