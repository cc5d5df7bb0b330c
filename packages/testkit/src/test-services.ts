import { existsSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockDataDir, startEmbeddedPostgres } from "@muster/runtime";
import { tellSkippedSuites } from "./skipped-suites.ts";
import { findRedis, startRedis } from "./start-redis.ts";
import { dropTestDatabases } from "./test-database.ts";

/** What the set-up of a test run hands to each test file; strings and booleans only, it crosses processes. */
export type TestServices = {
  /** First part of the name of each database that this run makes. */
  runName: string;
  /** One for each process that runs tests, or one for all where the caller brought it. */
  databaseUrls: readonly string[];
  /** Null where there is no Redis. */
  redisUrl: string | null;
  /** Where test files note the suites that they skip. */
  skippedSuitesPath: string;
  /** A folder for what Node has compiled of our sources, for the processes of the run to share. */
  compiledPath: string;
  /** `MUSTER_TEST_REQUIRE=all`: what cannot run fails. */
  isAllRequired: boolean;
};

declare module "vitest" {
  export interface ProvidedContext {
    musterServices: TestServices;
  }
}

type Closer = () => Promise<unknown>;

const FOLDER_PREFIX = "muster-test-";

/**
 * Provides Postgres (`DATABASE_URL`, else the one that npm brought, once for each of `processes`) and Redis (`REDIS_URL`, else a local `redis-server`,
 * else none) for one test run. `close` stops what was started, drops the run's databases and names the skipped suites
 * through `log`.
 */
export async function startTestServices(input: {
  env: Readonly<Record<string, string | undefined>>;
  /** How many processes run tests at a time: 1 unless told. */
  processes?: number;
  log(line: string): void;
}): Promise<{ services: TestServices; close(): Promise<void> }> {
  await sweepAbandonedRuns();
  const folder = await mkdtemp(join(tmpdir(), FOLDER_PREFIX));
  const closers: Closer[] = [];
  let closed: Promise<void> | undefined;
  // Once, whoever asks: at Ctrl-C both vitest and our own signal handler do.
  const close = (): Promise<void> => (closed ??= closeAll(closers));
  try {
    const lock = await lockDataDir(folder);
    closers.push(async () => {
      await lock.close();
      await rm(folder, { recursive: true, force: true });
    });
    const skippedSuitesPath = join(folder, "skipped-suites");
    closers.push(async () => {
      for (const line of await tellSkippedSuites(skippedSuitesPath)) input.log(line);
    });

    const redisUrl = input.env["REDIS_URL"] ?? (await startLocalRedis(folder, closers));
    const brought = input.env["DATABASE_URL"];
    const databaseUrls =
      brought === undefined ? await startLocalPostgres(folder, closers, input.processes ?? 1) : [brought];
    const runName = `muster_test_${Date.now().toString(36)}_${process.pid}`;
    closers.push(() => Promise.all(databaseUrls.map((databaseUrl) => dropTestDatabases({ databaseUrl, runName }))));

    // When vitest is told to end at once it does not wait for `close`; what started the servers ends them then.
    const removeAtExit = (): void => removeWhileServersEnd(folder);
    process.on("exit", removeAtExit);
    closers.unshift(async () => void process.off("exit", removeAtExit));

    const isAllRequired = input.env["MUSTER_TEST_REQUIRE"] === "all";
    const compiledPath = join(folder, "compiled");
    return { services: { runName, databaseUrls, redisUrl, skippedSuitesPath, compiledPath, isAllRequired }, close };
  } catch (cause) {
    await close();
    throw cause;
  }
}

// They still create and delete files while they end. Either makes a removal stop half-way, the second without an error;
// five seconds are plenty for an empty server on a busy machine.
function removeWhileServersEnd(folder: string): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 0; attempt < 100 && existsSync(folder); attempt += 1) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      Atomics.wait(pause, 0, 0, 50);
    }
  }
}

async function closeAll(closers: Closer[]): Promise<void> {
  const failures: unknown[] = [];
  for (const closer of closers.toReversed()) {
    await closer().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) {
    throw new AggregateError(failures, `stopping the test services failed: ${failures.join("; ")}`);
  }
}

async function startLocalRedis(folder: string, closers: Closer[]): Promise<string | null> {
  if (findRedis() === null) {
    return null;
  }
  const dir = join(folder, "redis");
  await mkdir(dir);
  const redis = await startRedis({ dir });
  closers.push(() => redis.stop());
  return redis.url;
}

// A transaction that one file keeps open holds up, in all databases of its server, what waits for older transactions to end.
async function startLocalPostgres(folder: string, closers: Closer[], processes: number): Promise<string[]> {
  const urls: string[] = [];
  for (let nr = 1; nr <= processes; nr += 1) {
    const dataDir = join(folder, `process-${nr}`);
    await mkdir(dataDir);
    const postgres = await startEmbeddedPostgres({ dataDir, isDisposable: true });
    closers.push(() => postgres.close());
    urls.push(postgres.url);
  }
  return urls;
}

// A run that was killed with -9 leaves its folder and its Postgres, which ends by itself once its files are gone.
async function sweepAbandonedRuns(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(FOLDER_PREFIX));
  for (const folder of names.map((name) => join(tmpdir(), name))) {
    try {
      // Written once the lock is held: a folder without it may be another run's, about to be locked.
      await stat(join(folder, "owner.json"));
      const lock = await lockDataDir(folder);
      await lock.close();
      removeWhileServersEnd(folder);
    } catch {
      // Its run lives, or it is another user's.
    }
  }
}
