import type { IQueueBackend, QueueBaseOptions } from "bullmq";
import { createRedisBackend, QueueKeys, RedisConnection, RedisQueueBackend } from "bullmq";
import { Cluster, Redis } from "ioredis";
import { parseRedisInfo, redisFaults } from "./check-redis.ts";
import type { Transport } from "./transport.ts";
import { withCalmFetch } from "./transport.ts";

export type RedisTransportInput = {
  url: string;
  /** Commands that fail fast give up after this many milliseconds. */
  commandTimeoutMs: number;
  failed(cause: unknown): void;
};

type ClientOptions = {
  connectTimeout: number;
  keepAlive: number;
  retryStrategy(attempt: number): number;
  maxRetriesPerRequest: number | null;
  enableOfflineQueue?: boolean;
  autoResendUnfulfilledCommands?: boolean;
  commandTimeout?: number;
  socketTimeout?: number;
};

const reconnect = {
  connectTimeout: 5_000,
  keepAlive: 10_000,
  retryStrategy: (attempt: number) => Math.min(attempt * 100, 1_000),
};

/**
 * Opens the connections to one Redis, or with `?cluster=true` in the URL to one Redis Cluster. One client rings and
 * fails fast; each set of workers shares another that waits for Redis to return. Opening does not wait for Redis.
 */
export function createRedisTransport(input: RedisTransportInput): Transport {
  const url = new URL(input.url);
  const mode = url.searchParams.get("cluster") === "true" ? "cluster" : "single";
  url.searchParams.delete("cluster");

  function connect(options: ClientOptions): Redis | Cluster {
    const client = mode === "cluster" ? connectCluster(url, options) : new Redis(url.href, options);
    client.on("error", input.failed);
    return client;
  }

  const failFast: ClientOptions = {
    ...reconnect,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 1,
    commandTimeout: input.commandTimeoutMs,
    socketTimeout: input.commandTimeoutMs * 5,
  };
  const ringer = connect(failFast);
  let faults: readonly string[] | undefined;
  // A server that was restarted may have other settings.
  ringer.on("ready", () => {
    faults = undefined;
  });

  return {
    backendForRings: (name, options, extra) =>
      createRedisBackend(
        name,
        { ...options, connection: ringer, skipVersionCheck: true, skipWaitingForReady: true },
        extra,
      ),
    openForWorkers() {
      const clients: Array<Redis | Cluster> = [];
      // No command timeout: a worker waits for Redis for ever, and BullMQ watches over its blocking reads.
      const open = () => {
        const client = connect({ ...reconnect, maxRetriesPerRequest: null });
        clients.push(client);
        return client;
      };
      const shared = open();
      return {
        backend: (name, options) => withCalmFetch(workerBackend({ name, options, shared, blocking: open() })),
        close: () => clients.forEach(hangUp),
      };
    },
    assertReachable() {
      if (ringer.status !== "ready") throw new Error(`Redis is away (${ringer.status})`);
    },
    async probe() {
      if (faults === undefined) faults = redisFaults(parseRedisInfo(await ringer.info()), mode);
      else await ringer.ping();
      return faults.length === 0 ? undefined : faults.join("; ");
    },
    async close() {
      hangUp(ringer);
    },
  };
}

type WorkerBackendInput = {
  name: string;
  options: QueueBaseOptions<unknown> & { prefix?: string };
  shared: Redis | Cluster;
  blocking: Redis | Cluster;
};

/** What BullMQ would build itself, but from a blocking client that is ours to hang up when closing it fails. */
function workerBackend({ name, options, shared, blocking }: WorkerBackendInput): IQueueBackend {
  const keys = new QueueKeys(options.prefix);
  return new RedisQueueBackend(
    new RedisConnection(shared, { shared: true, blocking: false, skipVersionCheck: true }),
    name,
    keys.getKeys(name),
    (type) => keys.toKey(name, type),
    { ...options, connection: shared },
    new RedisConnection(blocking, { shared: false, blocking: true, skipVersionCheck: true }),
  );
}

/**
 * Ends a client for good, with all that waits in it. Told so between two attempts to connect, ioredis cancels the next
 * one but neither ends nor rejects anything (bullmq#4585); one more attempt lets it finish.
 */
function hangUp(client: Redis | Cluster): void {
  // Ending an ended client would start a timer that keeps the process alive for two seconds more.
  if (client.status === "end") return;
  client.disconnect();
  if (client.status !== "reconnecting") return;
  client.once("ready", () => client.disconnect());
  client.connect().catch(() => undefined);
}

function connectCluster(url: URL, options: ClientOptions): Cluster {
  const { retryStrategy, enableOfflineQueue, ...perNode } = options;
  const secure = url.protocol === "rediss:";
  return new Cluster([{ host: url.hostname, port: Number(url.port || "6379") }], {
    clusterRetryStrategy: retryStrategy,
    enableOfflineQueue: enableOfflineQueue ?? true,
    redisOptions: {
      ...perNode,
      ...(url.username === "" ? {} : { username: decodeURIComponent(url.username) }),
      ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
      ...(secure ? { tls: {} } : {}),
    },
    // Managed clusters announce names, and a certificate is for the name, not for the address behind it.
    ...(secure
      ? { dnsLookup: (address: string, found: (error: null, address: string) => void) => found(null, address) }
      : {}),
  });
}
