import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { type SampleApp, type SampleAppOptions, startSampleApp } from "@muster/simulator";
import { type Database, openDatabase } from "@muster/store";
import {
  compiledPath,
  createTestDatabase,
  describeWithRedis,
  freePort,
  type RedisProcess,
  startRedis,
} from "@muster/testkit";
import { describe } from "vitest";
import { createDriver, type Driver } from "./driver.ts";
import { expectHealed, type Status } from "./expect-healed.ts";
import { type Supervised, supervise } from "./supervise.ts";
import { timing } from "./timing.ts";

export type { Status } from "./expect-healed.ts";

export type Backend = "redis" | "postgres";

export type StageOptions = {
  /** What rings: a Redis of the stage's own, or BullMQ's PostgreSQL backend. */
  backend: Backend;
  apis?: number;
  /** Crash points of the first lives of the first api. */
  apiCrashes?: readonly string[];
  /** Further environment of every process. */
  env?: Readonly<Record<string, string>>;
  /** Further environment of every api. */
  apiEnv?: Readonly<Record<string, string>>;
  /** A database of the caller's, for tests that harm its server; one of the shared server's unless given. */
  databaseUrl?: string;
  /** Where the processes find the Redis that listens on this port; there unless given. */
  redisBehind?(port: number): Promise<string>;
  /** Where its Redis keeps its files, for tests that harm them; a folder of its own unless given. */
  redisDir?: string;
};

/** One customer: a directory, a driver that writes to it, a sample app and the connection between them. */
export type Customer = {
  app: SampleApp;
  driver: Driver;
  tenantId: string;
  directoryId: string;
  connectionId: string;
  status(): Promise<Status>;
  /**
   * Waits until the app is exactly as the accepted writes say and the gateway says that it is settled, then checks the invariants of
   * every fault. `byHand` are commands of the admin API that the test gives on purpose.
   */
  expectHealed(byHand?: readonly string[]): Promise<void>;
};

export type CustomerOptions = {
  app?: SampleAppOptions;
  settings?: {
    maxInFlight?: number;
    ratePerSecond?: number;
    groups?: { mode: string; rename?: boolean; memberChunk?: number };
  };
  /** Where the gateway finds the app; the app itself unless told. */
  address?: (app: SampleApp) => Promise<string>;
};

/** Real processes around one private database: apis, workers, perhaps Redis, and customers with their apps. */
export type Stage = {
  readonly redis: RedisProcess | undefined;
  readonly db: Database;
  readonly apis: readonly Supervised[];
  /** Addresses of the apis. */
  readonly origins: readonly string[];
  readonly apiKey: string;
  /** What a process needs to belong to this stage. */
  readonly env: Readonly<Record<string, string>>;
  onboard(options?: CustomerOptions): Promise<Customer>;
  startWorker(options?: { crashes?: readonly string[]; restart?: boolean; env?: Record<string, string> }): Supervised;
  /** Kills every worker of the stage, so that the next test begins without any. */
  killWorkers(): Promise<void>;
  close(): Promise<void>;
};

const API = fileURLToPath(new URL("../../apps/api/src/main.ts", import.meta.url));
const KEEP_COMPILED = fileURLToPath(new URL("keep-compiled.ts", import.meta.url));
const WORKER = fileURLToPath(new URL("../../apps/worker/src/main.ts", import.meta.url));
const READY = /Muster is ready at/;
/** Node and two migrations, on a machine that runs other tests beside. */
const START_WITHIN_MS = 60_000;
/** Small pools: many processes of many test files share one test server. */
const CONNECTIONS = "5";

/** Runs a suite once on each backend; without Redis that half is skipped and counted. */
export function onEachBackend(name: string, suite: (backend: Backend) => void): void {
  describeWithRedis(`${name}, on Redis`, () => suite("redis"));
  describe(`${name}, without Redis`, () => suite("postgres"));
}

/** Opens a stage with its apis ready and no worker yet. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const database = await openDatabaseOf(options);
  const db = openDatabase({ url: database.url, maxConnections: 2, applicationName: "faults" });
  const redis = options.backend === "redis" ? await startRedis({ dir: options.redisDir }) : undefined;
  const apiKey = randomBytes(32).toString("base64url");
  const env: Record<string, string> = {
    DATABASE_URL: database.url,
    ...(redis === undefined ? {} : { REDIS_URL: (await options.redisBehind?.(redis.port)) ?? redis.url }),
    MUSTER_DEV: "1",
    MUSTER_ENCRYPTION_KEY: randomBytes(32).toString("base64"),
    MUSTER_BOOTSTRAP_API_KEY: apiKey,
    MUSTER_EGRESS_ALLOW: "127.0.0.0/8",
    MUSTER_INBOUND_RATE: "1000000",
    MUSTER_FAILED_LOGINS: "1000000",
    MUSTER_DATABASE_CONNECTIONS: CONNECTIONS,
    MUSTER_LEASE_MS: String(timing.leaseMs),
    MUSTER_CALL_TIMEOUT_MS: String(timing.callMs),
    MUSTER_SWEEP_MS: String(timing.sweepMs),
    MUSTER_SLICE_MS: String(timing.sliceMs),
    MUSTER_PROBE_MINUTE_MS: String(timing.probeMinuteMs),
    LOG_LEVEL: "warn",
    NODE_COMPILE_CACHE: compiledPath(),
    NODE_OPTIONS: `--import ${KEEP_COMPILED}`,
    ...options.env,
  };
  const apis = await Promise.all(
    Array.from({ length: options.apis ?? 1 }, (_, index) =>
      startApi(`api ${index}`, { ...env, ...options.apiEnv }, index === 0 ? options.apiCrashes : undefined),
    ),
  );
  const workers: Supervised[] = [];
  const apps: SampleApp[] = [];
  const origins = apis.map((api) => api.origin);
  // Killing is what they must survive anyway, and it is quick.
  const killWorkers = async (): Promise<void> => {
    await Promise.all(workers.splice(0).map((worker) => worker.retire("SIGKILL")));
  };
  return {
    redis,
    db,
    origins,
    apiKey,
    env,
    apis: apis.map((api) => api.process),
    onboard: (customer = {}) =>
      onboard({ db, redis, origins, apiKey, apps, apis: apis.map((api) => api.process), workers }, customer),
    startWorker(worker = {}) {
      const started = supervise({
        name: `worker ${workers.length}`,
        script: WORKER,
        env: { ...env, MUSTER_WORKER_PORT: "0", ...worker.env },
        crashes: worker.crashes,
        restart: worker.restart,
      });
      workers.push(started);
      return started;
    },
    killWorkers,
    async close() {
      await Promise.all([killWorkers(), ...apis.map((api) => api.process.retire("SIGKILL"))]);
      await Promise.all(apps.map((app) => app.close()));
      await redis?.stop();
      await db.close();
      await database.close();
    },
  };
}

async function openDatabaseOf({ databaseUrl }: StageOptions): Promise<{ url: string; close(): Promise<void> }> {
  return databaseUrl === undefined ? await createTestDatabase() : { url: databaseUrl, close: async () => undefined };
}

async function startApi(
  name: string,
  env: Readonly<Record<string, string>>,
  crashes: readonly string[] | undefined,
): Promise<{ process: Supervised; origin: string }> {
  // Every life has the same port: its clients look for it there.
  const port = await freePort();
  const process = supervise({ name, script: API, crashes, env: { ...env, PORT: String(port) } });
  await process.current().waitForLine(READY, { timeoutMs: START_WITHIN_MS });
  return { process, origin: `http://127.0.0.1:${port}` };
}

type OnboardDeps = {
  db: Database;
  origins: readonly string[];
  apiKey: string;
  redis: RedisProcess | undefined;
  apps: SampleApp[];
  apis: readonly Supervised[];
  workers: readonly Supervised[];
};

async function onboard(deps: OnboardDeps, options: CustomerOptions): Promise<Customer> {
  const { origins, apiKey } = deps;
  const app = await startSampleApp(options.app);
  deps.apps.push(app);
  const address = (await options.address?.(app)) ?? app.address;
  const call = (method: string, path: string, body?: unknown) =>
    callAdmin({ origin: origins[0] ?? "", apiKey }, method, path, body);
  const registered = await call("POST", "/api/v1/apps", { name: "Sample" });
  const tenant = await call("POST", "/api/v1/tenants", { name: "Acme" });
  const tenantPath = `/api/v1/tenants/${tenant.id}`;
  const directory = await call("POST", `${tenantPath}/directories`, { provider: "generic" });
  const connection = await call("POST", `${tenantPath}/connections`, {
    appId: registered.id,
    directoryId: directory.id,
    target: { kind: "scim", baseUrl: app.baseUrl.replace(app.address, address), auth: app.auth() },
    ...(options.settings === undefined ? {} : { settings: options.settings }),
  });
  const connectionPath = `/api/v1/connections/${connection.id}`;
  await call("PUT", `${connectionPath}/assignments`, { everyone: true });
  const driver = createDriver({ ...directory.scim, origins });
  const status = (): Promise<Status> => call("GET", `${connectionPath}/status`);
  const customer = {
    app,
    driver,
    status,
    tenantId: String(tenant.id),
    directoryId: String(directory.id),
    connectionId: String(connection.id),
  };
  const healing = {
    ...customer,
    db: deps.db,
    redis: deps.redis,
    processes: () => [...deps.apis, ...deps.workers],
    listUsers: (query: string) => call("GET", `${tenantPath}/users?pageSize=200${query}`),
  };
  return {
    ...customer,
    expectHealed: (byHand) =>
      expectHealed(healing, byHand).catch((cause: unknown) => {
        const printed = deps.workers.flatMap((worker) =>
          worker
            .output()
            .slice(-10)
            .map((line) => `${worker.name}: ${line}`),
        );
        throw new Error(`${String(cause)}\n${printed.join("\n")}`, { cause });
      }),
  };
}

/** Calls the admin API; the answer is read member by member by whoever asked. */
export async function callAdmin(
  gateway: { origin: string; apiKey: string },
  method: string,
  path: string,
  body?: unknown,
) {
  const response = await fetch(`${gateway.origin}${path}`, {
    method,
    headers: { authorization: `Bearer ${gateway.apiKey}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return text === "" ? {} : JSON.parse(text);
}
