import { fileURLToPath } from "node:url";
import { spawnProcess, waitFor } from "@muster/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startBalancer } from "./balancer.ts";
import { onEachBackend, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const DEMO = fileURLToPath(new URL("../../apps/simulator/src/demo/main.ts", import.meta.url));

onEachBackend("two apis and two workers apart", (backend) => {
  it("tell the whole story of the demo to its end", async () => {
    let origins: readonly string[] = [];
    const balancer = await startBalancer(() => origins);
    const stage = await openStage({ backend, apis: 2, apiEnv: { MUSTER_PUBLIC_URL: balancer.url } });
    origins = stage.origins;
    try {
      stage.startWorker();
      stage.startWorker();
      const demo = spawnProcess({
        name: "demo",
        script: DEMO,
        env: { DEMO_API_URL: balancer.url, DEMO_API_KEY: stage.apiKey },
      });
      const exit = await demo.exited;

      expect(exit, [...demo.stdout.slice(-20), ...demo.stderr].join("\n")).toEqual({ code: 0, signal: null });
      expect(balancer.counts().map((requests) => requests > 10)).toEqual([true, true]);
    } finally {
      await stage.close();
      await balancer.close();
    }
  });
});

describe("a worker killed anywhere (I22)", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres" });
  });
  afterEach(() => stage.killWorkers());
  afterAll(() => stage.close());

  const points = ["after-lease", "after-claim", "before-create", "after-reply", "before-record"];
  it.each(points.flatMap((point) => [`${point}:1`, `${point}:2`]))("heals by itself after %s", async (point) => {
    const customer = await stage.onboard({ app: { uniqueNames: false } });
    const worker = stage.startWorker({ crashes: [point] });
    const ended = () => worker.exits().length > 0;
    // In two waves, so that there is a second pass of every point.
    await customer.driver.createMany("first", 15);
    await waitFor(async () => ended() || (await customer.status()).settled, {
      timeoutMs: timing.healWithinMs,
      what: "the first wave",
    });
    await customer.driver.createMany("second", 15);
    await waitFor(ended, { timeoutMs: timing.healWithinMs, what: `the worker to be killed at ${point}` });
    await customer.expectHealed();

    expect(worker.exits()).toEqual([{ code: null, signal: "SIGKILL" }]);
    expect(customer.app.counts().users).toBe(30);
  });
});
