import { fileURLToPath } from "node:url";
import { describeWithRedis, spawnProcess, startTcpProxy } from "@muster/testkit";
import { Queue as BullQueue } from "bullmq";
import { expect, it } from "vitest";
import { eventually } from "./fixtures/eventually.ts";
import type { LaneProcessInput } from "./fixtures/lane-process.ts";
import { redisSuite, ring } from "./fixtures/redis-suite.ts";

const script = fileURLToPath(new URL("./fixtures/lane-process.ts", import.meta.url));

describeWithRedis("the queue when Redis has trouble", () => {
  const { logged, serve, start, listen, arrives } = redisSuite();

  it("F10: rings are lost quietly while Redis is dead, and workers come back with it", async () => {
    const redis = await serve();
    const queue = await start(redis.url);
    const { seen } = listen(queue);
    await arrives(queue, seen, "before");

    await redis.kill9();
    await eventually(() => expect(queue.health().ok).toBe(false));
    for (let lane = 0; lane < 1_000; lane += 1) queue.ring([ring(`lost-${lane}`)]);
    await eventually(() => expect(queue.counters().failedRings).toBeGreaterThanOrEqual(1_000));
    await redis.restart();

    await arrives(queue, seen, "after");
    await eventually(() => expect(queue.health()).toEqual({ ok: true, detail: "reachable" }));
    expect(logged.filter((line) => line.includes("rings were lost"))).toHaveLength(1);
  });

  it("F10: a drain that was running when Redis died is not repeated for ever, and its lane can be rung again", async () => {
    const redis = await serve();
    const queue = await start(redis.url);
    const gate = Promise.withResolvers<void>();
    const { seen, consumer } = listen(queue, async () => {
      await gate.promise;
      return { again: false };
    });
    queue.ring([ring("running")]);
    await eventually(() => expect(consumer.active()).toBe(1));

    await redis.kill9();
    gate.resolve();
    await eventually(() => expect(consumer.active()).toBe(0));
    await redis.restart();

    await eventually(() => expect(queue.health().ok).toBe(true));
    await eventually(() => {
      queue.ring([ring("running")]);
      expect(seen.length).toBeGreaterThan(1);
    });
  });

  it("opens, rings and closes without Redis, and uses it once it is there", async () => {
    const redis = await serve();
    await redis.kill9();
    const queue = await start(redis.url);
    const { seen } = listen(queue);
    queue.ring([ring("nobody-hears")]);
    expect(queue.health().detail).toMatch(/^unreachable: /);

    await redis.restart();

    await arrives(queue, seen, "heard");
  });

  it("closes within its deadline while Redis is dead", async () => {
    const redis = await serve();
    const queue = await start(redis.url);
    const { seen } = listen(queue);
    await arrives(queue, seen, "before");
    await redis.kill9();

    await queue.close();

    expect(queue.counters().jobs).toBeGreaterThanOrEqual(1);
  });

  it("ends its process by itself although Redis is dead", async () => {
    const redis = await serve();
    const input: LaneProcessInput = {
      settings: { kind: "redis", url: redis.url, production: true },
      timings: { sendTimeoutMs: 500 },
      hang: false,
    };
    const worker = spawnProcess({ script, args: [JSON.stringify(input)], name: "lane-process" });
    await worker.waitForLine(/^ready$/);
    await redis.kill9();
    await worker.waitForLine(/cannot be reached/);

    await worker.kill("SIGTERM");

    expect(await worker.exited).toEqual({ code: 0, signal: null });
    expect(worker.stdout.at(-1)).toBe("closed");
  });

  it("F09: FLUSHALL under load costs rings, not consumers", async () => {
    const redis = await serve();
    const queue = await start(redis.url);
    const { seen } = listen(queue, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return { again: false };
    });
    for (let round = 0; round < 20; round += 1) {
      queue.ring(Array.from({ length: 100 }, (_, lane) => ring(`busy-${lane}`)));
      await eventually(() => expect(seen.length).toBeGreaterThan(round));
      await redis.flushAll();
    }

    await arrives(queue, seen, "after-flush");
    await eventually(() => expect(queue.counters().failedRings).toBe(0));
  });

  it("F09: a lane whose drain ran during FLUSHALL can be rung again", async () => {
    const redis = await serve();
    const queue = await start(redis.url);
    const gate = Promise.withResolvers<void>();
    const { seen, consumer } = listen(queue, async () => {
      await gate.promise;
      return { again: false };
    });
    queue.ring([ring("flushed")]);
    await eventually(() => expect(consumer.active()).toBe(1));
    await redis.flushAll();
    gate.resolve();
    await eventually(() => expect(consumer.active()).toBe(0));

    queue.ring([ring("flushed")]);

    await eventually(() => expect(seen).toEqual(["flushed", "flushed"]));
  });

  it("F12: a full Redis is counted and swallowed, and serves again after relief", async () => {
    const redis = await serve();
    const queue = await start(redis.url);
    const { seen } = listen(queue);
    await arrives(queue, seen, "before");

    await redis.cli(["CONFIG", "SET", "maxmemory", "1"]);
    queue.ring([ring("refused-1"), ring("refused-2", true)]);
    await eventually(() => expect(queue.counters().failedRings).toBe(2));
    expect(logged.join()).toContain("OOM");
    await redis.cli(["CONFIG", "SET", "maxmemory", "0"]);

    await arrives(queue, seen, "after");
    expect(seen).not.toContain("refused-1");
  });

  it("F14: a Redis that stops answering blocks nobody, and restart() gets going once it answers", async () => {
    const redis = await serve();
    const proxy = await startTcpProxy({ upstream: { host: "127.0.0.1", port: redis.port } });
    const queue = await start(`redis://${proxy.host}:${proxy.port}`);
    const { seen, consumer } = listen(queue);
    await arrives(queue, seen, "before");

    await proxy.setMode({ kind: "stall" });
    queue.ring([ring("stalled")]);
    await eventually(() => expect(queue.health().ok).toBe(false));
    await eventually(() => expect(queue.counters().failedRings).toBeGreaterThan(0));
    await consumer.restart();
    await proxy.setMode({ kind: "pass" });

    await arrives(queue, seen, "after");
    await eventually(() => expect(queue.health().ok).toBe(true));
    await proxy.close();
  });

  it("F14: workers recover without restart() from connections that were reset in the middle", async () => {
    const redis = await serve();
    const proxy = await startTcpProxy({ upstream: { host: "127.0.0.1", port: redis.port } });
    const queue = await start(`redis://${proxy.host}:${proxy.port}`);
    const { seen } = listen(queue);
    for (let round = 0; round < 5; round += 1) {
      await arrives(queue, seen, `before-${round}`);
      await proxy.setMode({ kind: "reset-after", bytes: 40 * round, of: round % 2 === 0 ? "reply" : "request" });
      queue.ring(Array.from({ length: 20 }, (_, lane) => ring(`hit-${lane}`)));
      await eventually(() => expect(queue.health().ok).toBe(false));
      await proxy.setMode({ kind: "pass" });
    }

    await arrives(queue, seen, "after");
    await proxy.close();
  });

  it("stays tiny: 100,000 rings for 1,000 lanes leave at most a few thousand keys", async () => {
    const redis = await serve();
    const queue = await start(redis.url, { sendTimeoutMs: 10_000 });
    for (let count = 0; count < 100_000; count += 1) queue.ring([ring(`lane-${count % 1_000}`, count % 10 === 0)]);
    await eventually(() =>
      expect(queue.counters().rung + queue.counters().folded + queue.counters().failedRings).toBe(100_000),
    );
    const keysWaiting = Number(await redis.cli(["DBSIZE"]));

    const { seen } = listen(queue);
    await eventually(() => expect(new Set(seen).size).toBe(1_000));
    await eventually(async () => expect(Number(await redis.cli(["DBSIZE"]))).toBeLessThan(20));

    expect(keysWaiting).toBeLessThan(3_000);
    expect(queue.counters().failedRings).toBe(0);
  });

  it("F38: takes jobs with unknown fields, and drops jobs that name no lane with a log line", async () => {
    const redis = await serve();
    const queue = await start(redis.url);
    const { seen } = listen(queue);
    const strange = new BullQueue("lanes", { connection: { url: redis.url }, prefix: "{muster}" });
    const lane = { tenantId: "tenant-1", connectionId: "newer", addedNextYear: { deep: true } };

    await strange.addBulk(
      [null, 7, "x", [], {}, { tenantId: "a" }, { tenantId: "a:b", connectionId: "c" }, lane].map((data) => ({
        name: "ring",
        data,
      })),
    );

    await eventually(() => expect(seen).toEqual(["newer"]));
    expect(logged.filter((line) => line.includes("names no lane"))).toHaveLength(1);
    expect(await strange.getJobCountByTypes("failed", "completed")).toBe(0);
    await strange.close();
  });
});
