import pg from "pg";
import type { Database } from "./database.ts";

/** The database is behind a pooler that was not told of, or that cannot carry what is asked of it. */
export class PoolerInBetween extends Error {
  override readonly name = "PoolerInBetween";
}

const WHAT =
  "There is a connection pooler such as PgBouncer before Postgres, which does not carry settings and prepared statements from one session to another";

/**
 * Refuses a pooler that nobody spoke of, at the start and not at the first request: our limits and prepared statements would be
 * lost, or met by somebody else's.
 *
 * @throws {PoolerInBetween} with the settings that mend it
 */
export async function refusePooler(db: Database): Promise<void> {
  if (db.sessions === "shared") return;
  const advice = `${WHAT}. Set MUSTER_DATABASE_POOLER=1 with MUSTER_MIGRATION_DATABASE_URL and REDIS_URL, or let DATABASE_URL lead to Postgres itself`;
  const { rows } = await db.pool
    .query<{ limit: string }>("select current_setting('statement_timeout') as limit")
    .catch(explain(advice));
  if (rows[0]?.limit === "0") throw new PoolerInBetween(advice);
}

/**
 * Opens a client for migrations, which hold a lock of their session.
 *
 * @throws {PoolerInBetween} when the session would be a pooler's
 */
export async function connectDirectly(settings: pg.ClientConfig): Promise<pg.Client> {
  const advice = `${WHAT}. Set MUSTER_MIGRATION_DATABASE_URL to the address of Postgres itself`;
  const client = new pg.Client(settings);
  await client.connect().catch(explain(advice));
  const { rows } = await client.query<{ limit: string }>("select current_setting('lock_timeout') as limit");
  if (rows[0]?.limit !== "0") return client;
  await client.end();
  throw new PoolerInBetween(advice);
}

/** PgBouncer names the parameter of the start that it refuses, unless it was told to ignore it. */
function explain(advice: string): (error: unknown) => never {
  return (error) => {
    const isPooler = error instanceof Error && error.message.includes("unsupported startup parameter");
    throw isPooler ? new PoolerInBetween(advice, { cause: error }) : error;
  };
}
