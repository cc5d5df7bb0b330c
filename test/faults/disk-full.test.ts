import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWhere, waitFor } from "@muster/testkit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Driver } from "./driver.ts";
import { type OwnPostgres, startOwnPostgres } from "./own-postgres.ts";
import { MOUNTS, mountSmallDisk, type SmallDisk } from "./small-disk.ts";
import { openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const BIG_ENOUGH_MB = 220;

describeWhere(MOUNTS, "a disk that is full", () => {
  let disk: SmallDisk;
  let elsewhere: string;
  let postgres: OwnPostgres;
  let stage: Stage;
  beforeEach(async () => {
    disk = await mountSmallDisk(BIG_ENOUGH_MB);
    elsewhere = await mkdtemp(join(tmpdir(), "muster-elsewhere-"));
  });
  afterEach(async () => {
    await disk.makeRoom();
    await stage.close();
    await postgres.close();
    await disk.close();
    await rm(elsewhere, { recursive: true, force: true });
  });

  it("F20: of the data: writes are 503, reads work, what was accepted is there, and space heals it", async () => {
    postgres = await startOwnPostgres({ dataDir: disk.folder });
    await moveLog(postgres, elsewhere);
    stage = await openStage({ backend: "postgres", databaseUrl: postgres.url });
    const customer = await stage.onboard();
    stage.startWorker();
    await customer.driver.createMany("before", 5);
    await customer.expectHealed();
    await disk.fill();
    const writes = customer.driver.createMany("during", 300);
    await waitFor(() => customer.driver.troubles.length > 0, {
      timeoutMs: timing.healWithinMs,
      what: "a write to be refused",
    });
    const read = await customer.driver.send("GET", "/Users?count=1");
    await disk.makeRoom();
    await writes;
    await customer.expectHealed();

    expect(new Set(customer.driver.troubles)).toEqual(new Set(["POST answered 503"]));
    expect(read.status).toBe(200);
    expect(stage.apis.map((api) => api.starts())).toEqual([1]);
  });

  it("F21: of the write-ahead log: the server ends, and with space everything accepted is there", async () => {
    postgres = await startOwnPostgres({ dataDir: elsewhere });
    await moveLog(postgres, join(disk.folder, "log"));
    stage = await openStage({ backend: "postgres", databaseUrl: postgres.url });
    const customer = await stage.onboard();
    stage.startWorker();
    await customer.driver.createMany("before", 5);
    await customer.expectHealed();
    await disk.fill();
    // Segments of the log that were made already have their space: writes and switches use them up.
    const writes = writeUntilRefused(customer.driver);
    await waitFor(
      async () => {
        await stage.db.pool.query("select pg_switch_wal()").catch(() => undefined);
        return customer.driver.troubles.length > 0;
      },
      { timeoutMs: timing.healWithinMs, what: "a write to be refused" },
    );
    await disk.makeRoom();
    await writes;
    await customer.expectHealed();

    expect(stage.apis.map((api) => api.starts())).toEqual([1]);
  });
});

/** Puts the write-ahead log into another folder, as an installation with two disks has it. */
async function moveLog(postgres: OwnPostgres, folder: string): Promise<void> {
  const log = join(postgres.dataDir, "postgres/data/pg_wal");
  await postgres.goAway();
  await cp(log, folder, { recursive: true });
  await rm(log, { recursive: true });
  await symlink(folder, log);
  await postgres.comeBack();
}

/** Creates people until one is refused; that one is tried until it is taken. */
async function writeUntilRefused(driver: Driver): Promise<void> {
  for (let made = 0; driver.troubles.length === 0; made += 1) await driver.create(`during-${made}`);
}
