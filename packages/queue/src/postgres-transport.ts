import { PostgresConnection, PostgresQueueBackend } from "bullmq";
import type { ClientBase } from "pg";
import { Pool } from "pg";
import type { Transport } from "./transport.ts";
import { withCalmFetch } from "./transport.ts";

export const defaultQueueSchema = "bullmq";

export type PostgresTransportInput = {
  connectionString: string;
  schema: string;
  /** Queries give up after this many milliseconds. */
  queryTimeoutMs: number;
  failed(cause: unknown): void;
};

// Two workers hold one connection each for LISTEN, four while they are rebuilt; the rest is for short statements.
const maxConnections = 8;

/**
 * Opens the one pool that all queues and workers of this process share on BullMQ's PostgreSQL backend; it needs a
 * direct connection, since LISTEN does not pass a pooler in transaction mode.
 */
export function createPostgresTransport(input: PostgresTransportInput): Transport {
  // By statement, because `options` would lose against those of the connection string. The pool waits for it.
  // Jobs may be lost at any moment, so none is worth waiting for the disk.
  const preparing = `SET search_path TO "${input.schema}"; SET synchronous_commit TO off`;
  const session = { onConnect: (client: ClientBase) => client.query(preparing) };
  const pool = new Pool({
    ...session,
    connectionString: input.connectionString,
    max: maxConnections,
    connectionTimeoutMillis: input.queryTimeoutMs,
    query_timeout: input.queryTimeoutMs,
    idleTimeoutMillis: 10_000,
    keepAlive: true,
    application_name: "muster-queue",
  });
  pool.on("error", input.failed);

  const backend: Transport["backendForRings"] = (name, options, extra) => {
    const shared = shareOf(pool, input.schema);
    const clientName = extra?.withBlockingConnection === true ? name : undefined;
    return withCalmFetch(
      new PostgresQueueBackend(shared, name, { ...options, connection: input.connectionString }, true, clientName),
    );
  };

  return {
    backendForRings: backend,
    openForWorkers: () => ({ backend, close: () => undefined }),
    assertReachable: () => undefined,
    async probe() {
      const { rows } = await pool.query<{ ready: boolean }>("SELECT to_regclass('job') IS NOT NULL AS ready");
      return rows[0]?.ready === true ? undefined : `schema ${input.schema} is missing: run migrateQueue first`;
    },
    close: () => pool.end(),
  };
}

/**
 * One user's view of the shared pool. BullMQ adds a listener to the pool for each user and never takes it off, assumes
 * the default schema for a pool that it did not make, and remembers a failed first check for ever; none of that here.
 */
function shareOf(pool: Pool, schema: string): PostgresConnection {
  const share = {
    options: pool.options,
    connect: () => pool.connect(),
    query: (text: string, values?: unknown[]) => pool.query(text, values),
    end: async () => undefined,
    on: () => share,
    removeAllListeners: () => share,
  };
  const connection = new PostgresConnection(share);
  return Object.assign(connection, { schema, waitUntilReady: async () => undefined });
}
