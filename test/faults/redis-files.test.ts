import { mkdtemp, readdir, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWhere, describeWithRedis, waitFor } from "@muster/testkit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { MOUNTS, mountSmallDisk, type SmallDisk } from "./small-disk.ts";
import { openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const LOST_BYTES = 4_000;
const SMALL_MB = 24;

describeWithRedis("Redis that forgets", () => {
  let stage: Stage;
  let redisDir: string;
  beforeEach(async () => {
    redisDir = await mkdtemp(join(tmpdir(), "muster-redis-"));
    stage = await openStage({ backend: "redis", redisDir });
  });
  afterEach(async () => {
    await stage.close();
    await rm(redisDir, { recursive: true, force: true });
  });

  it("F11: loses the tail of what it wrote, twice under load, and nothing is missing in the end", async () => {
    const customer = await stage.onboard();
    stage.startWorker();
    const writes = customer.driver.createMany("user", 400);
    for (const inApp of [40, 160]) {
      await waitFor(() => customer.app.counts().users >= inApp, {
        timeoutMs: timing.healWithinMs,
        what: `${inApp} people in the app`,
      });
      await stage.redis?.kill9();
      await cutTail(join(redisDir, "appendonlydir"));
      await stage.redis?.restart();
    }
    await writes;
    await customer.expectHealed();

    expect(customer.driver.troubles).toEqual([]);
  });
});

describeWhere(MOUNTS, "Redis on a disk", () => {
  describeWithRedis("that is full", () => {
    let stage: Stage;
    let disk: SmallDisk;
    beforeEach(async () => {
      disk = await mountSmallDisk(SMALL_MB);
      stage = await openStage({ backend: "redis", redisDir: disk.folder });
    });
    afterEach(async () => {
      await disk.makeRoom();
      await stage.close();
      await disk.close();
    });

    it("F22: refuses writes: no request fails, the app converges by the sweep, and space heals it", async () => {
      const customer = await stage.onboard();
      const worker = stage.startWorker();
      await customer.driver.createMany("before", 20);
      await customer.expectHealed();
      await disk.fill();
      await waitFor(refusesWrites(stage), { timeoutMs: timing.healWithinMs, what: "Redis to refuse a write" });
      await customer.driver.createMany("meanwhile", 40);
      await customer.driver.setActive("before-0", false);
      await customer.expectHealed();
      await disk.makeRoom();
      await waitFor(async () => !(await refusesWrites(stage)()), {
        timeoutMs: timing.healWithinMs,
        what: "Redis to take a write",
      });
      await customer.driver.createMany("after", 20);
      await customer.expectHealed();

      expect(customer.driver.troubles).toEqual([]);
      expect(worker.starts()).toBe(1);
    });
  });
});

async function cutTail(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".incr.aof")) continue;
    const file = join(folder, name);
    const { size } = await stat(file);
    await truncate(file, Math.max(0, size - LOST_BYTES));
  }
}

/** Asks by a write, which is also what makes Redis notice that its disk is full. */
const refusesWrites = (stage: Stage) => async (): Promise<boolean> => {
  const answer = await stage.redis?.cli(["SET", "muster-test-filler", "x".repeat(100_000)]).catch(String);
  return answer !== "OK";
};
