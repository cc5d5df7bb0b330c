import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWithRedis, findRedis, freePort } from "@muster/testkit";
import { Redis } from "ioredis";
import { expect, it } from "vitest";
import { eventually } from "./fixtures/eventually.ts";
import { redisSuite, ring } from "./fixtures/redis-suite.ts";
import { QueueRefusedError } from "./index.ts";

/** A cluster whose only node serves all slots: enough for a client to see one. */
async function startClusterOfOne() {
  const port = await freePort();
  const dir = await mkdtemp(join(tmpdir(), "muster-cluster-"));
  const options = ["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1", "--appendonly", "yes"];
  const server = spawn(findRedis()?.server ?? "redis-server", ["--port", String(port), "--dir", dir, ...options], {
    stdio: "ignore",
  });
  const url = `redis://127.0.0.1:${port}`;
  const admin = new Redis(url, { retryStrategy: () => 50 });
  admin.on("error", () => undefined);
  await admin.cluster("ADDSLOTSRANGE", 0, 16_383);
  await eventually(async () => expect(await admin.cluster("INFO")).toContain("cluster_state:ok"));
  async function end(): Promise<void> {
    admin.disconnect();
    const exit = once(server, "exit");
    server.kill("SIGKILL");
    await exit;
    await rm(dir, { recursive: true });
  }
  return { url, admin, end };
}

describeWithRedis("the settings of the queue's Redis", () => {
  const { logged, serve, start, listen, arrives } = redisSuite();

  it.each([
    ["maxmemory-policy", "allkeys-lru"],
    ["appendonly", "no"],
  ])("F13: an unfit %s is refused in production and a warning in development", async (fault, unfit) => {
    const redis = await serve();
    await redis.cli(["CONFIG", "SET", fault, unfit]);

    await expect(start(redis.url)).rejects.toThrow(QueueRefusedError);
    await expect(start(redis.url)).rejects.toThrow(fault);
    const queue = await start(redis.url, { production: false });
    const { seen } = listen(queue);

    await arrives(queue, seen, "development");
    expect(logged.join()).toContain(fault);
    expect(queue.health()).toMatchObject({ ok: true, detail: expect.stringContaining(fault) });
  });

  it("F13: a Redis that comes back with an evicting policy makes production unhealthy", async () => {
    const redis = await serve();
    const queue = await start(redis.url);
    await redis.cli(["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
    await redis.cli(["CLIENT", "KILL", "TYPE", "normal"]);

    await eventually(() => expect(queue.health().detail).toMatch(/^unfit: maxmemory-policy/));
    expect(queue.health().ok).toBe(false);
  });

  it("works against a Redis Cluster, with all keys in one slot", async () => {
    const { url, admin, end } = await startClusterOfOne();
    await expect(start(url)).rejects.toThrow("?cluster=true");

    const queue = await start(`${url}?cluster=true`);
    const { seen } = listen(queue);

    await arrives(queue, seen, "sharded");
    const keys = await admin.keys("*");
    await queue.close();
    await end();
    expect(keys.filter((key) => !key.startsWith("{muster}:"))).toEqual([]);
  });

  it("D21: needs no more than its own prefix and no dangerous command", async () => {
    const redis = await serve();
    const rights = ["~{muster}:*", "+@all", "-@dangerous", "-@admin", "+info"];
    await redis.cli(["ACL", "SETUSER", "doorbell", "on", ">open-sesame", ...rights]);

    const queue = await start(redis.url.replace("redis://", "redis://doorbell:open-sesame@"));
    const { seen } = listen(queue);

    await arrives(queue, seen, "narrow");
    expect(queue.health().ok).toBe(true);
  });

  it("V23: a wrong password is refused without being logged", async () => {
    const redis = await serve();
    await redis.cli(["CONFIG", "SET", "requirepass", "right"]);

    const queue = await start(redis.url.replace("redis://", "redis://:wrong-secret@"));
    queue.ring([ring("unheard")]);

    await eventually(() => expect(queue.counters().failedRings).toBe(1));
    expect(queue.health().ok).toBe(false);
    expect(logged.join() + queue.health().detail).not.toContain("wrong-secret");
  });
});
