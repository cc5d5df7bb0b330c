import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findRedis, freePort, type SpawnedProcess, spawnProcess, startRedis, waitFor } from "@muster/testkit";
import { openStatementCounter, type StatementCounter } from "../measure/statement-counter.ts";
import { type AdminClient, createAdminClient } from "./admin-client.ts";
import type { ApiProcess } from "./api-process.ts";
import { IN_FLIGHT } from "./onboard.ts";
import { type PostgresCluster, startPostgresCluster } from "./postgres-cluster.ts";
import { type SampleAppProcess, startSampleAppProcess } from "./sample-app.ts";
import { createSeeder, type SeededDirectory, type Seeder } from "./seeded-directory.ts";

/** Everything that a benchmark measures, in processes of its own, and nothing that anybody else uses. */
export type Stage = {
  /** What it stands on, a line each. */
  about: string[];
  /** Says how far a long measurement is. */
  note(line: string): void;
  /** For files that go when it closes. */
  folder: string;
  cluster: PostgresCluster;
  limitUrl: string;
  /** The product's own database, as its owner. */
  productUrl: string;
  api: ApiProcess;
  /** Starts a further api on the same database, for what must be measured in a fresh process. */
  startApi(): Promise<ApiProcess & { stop(): Promise<void> }>;
  admin: AdminClient;
  app: SampleAppProcess;
  /** A second app, that remembers when each request came. */
  rememberingApp: SampleAppProcess;
  /** Starts a further app, empty and without faults, that the gateway may push to. */
  startApp(keeps: "counts" | "entries"): Promise<SampleAppProcess>;
  /** Null where the Postgres cannot count. */
  statements: StatementCounter | null;
  /** Starts the worker, unless it runs: figures of the api alone are taken without one. */
  ensureWorker(): Promise<{ pid: number }>;
  /** Starts one more worker, with settings of its own: where several, or fresh ones, are measured, `ensureWorker` is not used. */
  startWorker(own: Record<string, string>): Promise<WorkerProcess>;
  /** A directory of this many people, made on first use. */
  seeded(people: number): Promise<SeededDirectory>;
  /** Makes further ones, see there. */
  seeder: Pick<Seeder, "people" | "backlogs">;
  /** Megabytes that Redis uses; null where there is none. */
  redisMegabytes(): Promise<number | null>;
};

export type WorkerProcess = { pid: number; stop(): Promise<void> };

const PRODUCT_DATABASE = "muster_bench";
const LIMIT_DATABASE = "bench_limit";
/** Several start at once, on a machine that may have two cores and other work. */
const START_WITHIN_MS = 120_000;
const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const EXIT_INTERRUPTED = 130;
const SHOWN_COMPLAINTS = 10;
const SHOWN_CHARACTERS = 500;
/** A loader is one client that asks as fast as it can, which no directory may. */
const BYTES_PER_MEGABYTE = 1_048_576;
const NO_LIMIT_PER_SECOND = "1000000";

type Closers = (() => Promise<unknown>)[];

type StageInput = {
  /** Where api and worker write CPU profiles to. */
  profileDir: string | undefined;
  note(line: string): void;
};

/** Opens the stage, runs `work` on it and clears everything away. */
export async function withStage<T>(input: StageInput, work: (stage: Stage) => Promise<T>): Promise<T> {
  const closers: Closers = [];
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= closeAll(closers));
  const stop = (): void => void close().finally(() => process.exit(EXIT_INTERRUPTED));
  for (const signal of STOP_SIGNALS) process.once(signal, stop);
  try {
    return await work(await openStage(input, closers));
  } finally {
    await close();
    for (const signal of STOP_SIGNALS) process.off(signal, stop);
  }
}

/** The last that was opened first; one that cannot be closed does not keep the others open. */
async function closeAll(closers: Closers): Promise<void> {
  for (const close of closers.toReversed()) await close().catch((error: unknown) => console.error(error));
}

async function openStage(input: StageInput, closers: Closers): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "muster-bench-"));
  await chmod(folder, 0o755);
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const cluster = await startPostgresCluster(folder, [PRODUCT_DATABASE, LIMIT_DATABASE]);
  closers.push(() => cluster.close());
  const redis = findRedis() === null ? null : await startRedis({ dir: join(folder, "redis") });
  if (redis !== null) closers.push(() => redis.stop());
  const [app, rememberingApp] = await Promise.all([
    startSampleAppProcess({ keeps: "counts" }),
    startSampleAppProcess({ keeps: "entries" }),
  ]);
  closers.push(() => app.stop());
  closers.push(() => rememberingApp.stop());

  const apiKey = randomBytes(32).toString("base64url");
  const env = {
    DATABASE_URL: cluster.urlOf(PRODUCT_DATABASE),
    ...(redis !== null && { REDIS_URL: redis.url }),
    MUSTER_DEV: "1",
    MUSTER_FAILED_LOGINS: "1000000",
    MUSTER_ENCRYPTION_KEY: randomBytes(32).toString("base64"),
    MUSTER_BOOTSTRAP_API_KEY: apiKey,
    MUSTER_EGRESS_ALLOW: "127.0.0.1/32",
    MUSTER_INBOUND_RATE: NO_LIMIT_PER_SECOND,
    // One tenant is measured with as many calls in flight as its connection may have.
    MUSTER_TENANT_IN_FLIGHT: String(IN_FLIGHT),
    LOG_LEVEL: "warn",
    ...(input.profileDir !== undefined && { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${input.profileDir}` }),
  };
  const start = (name: string, own: Record<string, string>): StoppableProcess =>
    startProcess({ name, env: { ...env, ...own } }, closers);
  const { url, ...api } = await startApi(start);
  const statements = cluster.countsStatements
    ? await openStatementCounter({ url: cluster.urlOf(LIMIT_DATABASE), countedDatabase: PRODUCT_DATABASE })
    : null;
  if (statements !== null) closers.push(() => statements.close());
  const admin = createAdminClient({ url, apiKey });
  const seeder = createSeeder({ api, admin, app }, cluster.urlOf(PRODUCT_DATABASE));
  closers.push(() => seeder.close());
  const queue = redis === null ? "BullMQ on Postgres (no redis-server here)" : "BullMQ on Redis, append-only file on";
  return {
    note: input.note,
    about: [
      `${cpus().length} cores, Node ${process.versions.node}, ${cluster.name} with default settings, ${queue}`,
      "api, worker, sample app, Postgres, Redis and the loader share this machine: ratios count, rates are of this run",
    ],
    folder,
    cluster,
    limitUrl: cluster.urlOf(LIMIT_DATABASE),
    productUrl: cluster.urlOf(PRODUCT_DATABASE),
    api,
    startApi: () => startApi(start),
    admin,
    app,
    rememberingApp,
    async startApp(keeps) {
      const further = await startSampleAppProcess({ keeps });
      closers.push(() => further.stop());
      return further;
    },
    statements,
    ensureWorker: once(() => startWorker(start, {})),
    startWorker: (own) => startWorker(start, own),
    seeded: oncePer((people: number) => seeder.open(people)),
    seeder,
    redisMegabytes: async () => (redis === null ? null : usedMegabytes(await redis.cli(["INFO", "memory"]))),
  };
}

type StoppableProcess = { child: SpawnedProcess; stop(): Promise<void> };
type Start = (name: string, own: Record<string, string>) => StoppableProcess;

function startProcess(input: { name: string; env: Record<string, string> }, closers: Closers): StoppableProcess {
  const { name, env } = input;
  const script = fileURLToPath(new URL(`../../../apps/${name}/src/main.ts`, import.meta.url));
  const child = spawnProcess({ name: `the ${name}`, script, env });
  let isStopping = false;
  void child.exited.then(({ code, signal }) => {
    if (!isStopping) console.error(`the ${name} ended by itself: ${signal ?? code}\n${child.stderr.join("\n")}`);
  });
  const stop = once(async () => {
    isStopping = true;
    await child.kill();
    // What it complained about belongs beside its figures.
    const complaints = [...child.stdout, ...child.stderr].filter((line) => !line.startsWith("Muster is ready"));
    for (const line of complaints.slice(0, SHOWN_COMPLAINTS))
      console.error(`${name}: ${line.slice(0, SHOWN_CHARACTERS)}`);
  });
  closers.push(stop);
  return { child, stop };
}

async function startApi(start: Start): Promise<ApiProcess & { url: string; stop(): Promise<void> }> {
  const { child, stop } = start("api", { PORT: "0" });
  const [, url = ""] = await child.waitForLine(/Muster is ready at (\S+)/, { timeoutMs: START_WITHIN_MS });
  return { pid: child.pid, address: { host: "127.0.0.1", port: Number(new URL(url).port) }, url, stop };
}

async function startWorker(start: Start, own: Record<string, string>): Promise<WorkerProcess> {
  const port = await freePort();
  const { child: worker, stop } = start("worker", { ...own, MUSTER_WORKER_PORT: String(port) });
  const isReady = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  const ended = worker.exited.then(() => {
    throw new Error(`the worker ended:\n${[...worker.stdout, ...worker.stderr].join("\n")}`);
  });
  await Promise.race([ended, waitFor(isReady, { timeoutMs: START_WITHIN_MS, what: "the worker to be ready" })]);
  return { pid: worker.pid, stop };
}

function usedMegabytes(info: string): number {
  const bytes = /^used_memory:(\d+)/m.exec(info)?.[1];
  if (bytes === undefined) throw new Error(`Redis says nothing of its memory: ${info}`);
  return Number(bytes) / BYTES_PER_MEGABYTE;
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let begun: Promise<T> | undefined;
  return () => (begun ??= work());
}

function oncePer<K, T>(work: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const begun = new Map<K, Promise<T>>();
  return (key) => {
    const known = begun.get(key) ?? work(key);
    begun.set(key, known);
    return known;
  };
}
