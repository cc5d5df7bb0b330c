import { afterEach, beforeEach, expect, it } from "vitest";
import { describeWithRedis } from "./describe-with-redis.ts";
import { findRedis, type RedisProcess, startRedis } from "./start-redis.ts";
import { waitFor } from "./wait-for.ts";

describeWithRedis("startRedis", () => {
  let redis: RedisProcess;

  beforeEach(async (context) => {
    // REDIS_URL may point to another machine's Redis while this one has no program to start.
    context.skip(findRedis() === null, "needs a redis-server program");
    redis = await startRedis();
  });

  afterEach(() => redis.stop());

  it("is set up as production should be", async () => {
    expect(await redis.cli(["CONFIG", "GET", "appendonly"])).toBe("appendonly\nyes");
    expect(await redis.cli(["CONFIG", "GET", "maxmemory-policy"])).toBe("maxmemory-policy\nnoeviction");
    expect(await redis.cli(["CONFIG", "GET", "bind"])).toBe("bind\n127.0.0.1");
  });

  it("keeps what it has over a restart, and loses it when it is emptied", async () => {
    await redis.cli(["SET", "k", "v"]);

    await redis.restart();
    expect(await redis.cli(["GET", "k"])).toBe("v");

    await redis.flushAll();
    expect(await redis.cli(["GET", "k"])).toBe("");
  });

  it("comes back on the same port after kill -9 with what had reached the disk", async () => {
    await redis.cli(["SET", "k", "v"]);
    await waitFor(async () => (await redis.cli(["INFO", "persistence"])).includes("aof_pending_bio_fsync:0"), {
      timeoutMs: 5_000,
      what: "the append-only file",
    });
    await redis.kill9();
    await expect(redis.cli(["PING"])).rejects.toThrow("Could not connect");

    await redis.restart();

    expect(await redis.cli(["GET", "k"])).toBe("v");
  });

  it("reports an error reply as an error", async () => {
    await expect(redis.cli(["NO-SUCH-COMMAND"])).rejects.toThrow("unknown command");
  });
});
