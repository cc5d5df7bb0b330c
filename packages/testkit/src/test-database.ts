import { randomBytes } from "node:crypto";
import pg from "pg";
import { waitFor } from "./wait-for.ts";

export type TestDatabase = {
  url: string;
  name: string;
  /**
   * Drops the database.
   *
   * @throws when connections to it are still open two seconds later, naming their number: a pool was not closed
   */
  close(): Promise<void>;
};

/** Brings the empty database at this URL to the shape that the tests need. */
export type MigrateTestDatabase = (url: string) => Promise<void>;

// A server notices a closed connection within milliseconds; two seconds allow for a loaded machine.
const CONNECTIONS_GONE_WITHIN_MS = 2_000;

/** Makes a database by cloning the run's template, which the first caller of the run makes with `migrate`. */
export async function cloneTestDatabase(input: {
  databaseUrl: string;
  runName: string;
  migrate: MigrateTestDatabase;
}): Promise<TestDatabase> {
  const name = `${input.runName}_${randomBytes(5).toString("hex")}`;
  await withAdmin(input.databaseUrl, async (admin) => {
    const template = await ensureTemplate(admin, input);
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  return openTestDatabase(input.databaseUrl, name);
}

/** Makes an empty database and migrates it by itself, without a template. */
export async function makeTestDatabase(input: {
  databaseUrl: string;
  runName: string;
  migrate: MigrateTestDatabase;
}): Promise<TestDatabase> {
  const name = `${input.runName}_${randomBytes(5).toString("hex")}`;
  await withAdmin(input.databaseUrl, (admin) => admin.query(`CREATE DATABASE ${name} TEMPLATE template0`));
  const database = openTestDatabase(input.databaseUrl, name);
  await input.migrate(database.url);
  return database;
}

/** Drops whatever databases a run has left. */
export async function dropTestDatabases(input: { databaseUrl: string; runName: string }): Promise<void> {
  await withAdmin(input.databaseUrl, async (admin) => {
    const { rows } = await admin.query<{ datname: string }>(
      "SELECT datname FROM pg_database WHERE starts_with(datname, $1)",
      [`${input.runName}_`],
    );
    for (const { datname } of rows) {
      await admin.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(datname)} WITH (FORCE)`);
    }
  });
}

function openTestDatabase(databaseUrl: string, name: string): TestDatabase {
  const close = (): Promise<void> =>
    withAdmin(databaseUrl, async (admin) => {
      const open = await waitForConnectionsToEnd(admin, name);
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      if (open > 0) {
        throw new Error(
          `${open} connections to test database ${name} were still open: a pool or client was not closed`,
        );
      }
    });
  return { name, url: withDatabase(databaseUrl, name), close };
}

async function waitForConnectionsToEnd(admin: pg.Client, name: string): Promise<number> {
  const count = async (): Promise<number> => {
    const { rows } = await admin.query<{ open: number }>(
      "SELECT count(*)::int AS open FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'",
      [name],
    );
    return rows[0]?.open ?? 0;
  };
  try {
    await waitFor(async () => (await count()) === 0, {
      timeoutMs: CONNECTIONS_GONE_WITHIN_MS,
      what: `connections to ${name} to end`,
    });
    return 0;
  } catch {
    return count();
  }
}

// Under its final name only when it is migrated. The lock makes the other test files of the run wait for it.
async function ensureTemplate(
  admin: pg.Client,
  input: { databaseUrl: string; runName: string; migrate: MigrateTestDatabase },
): Promise<string> {
  const template = `${input.runName}_template`;
  const draft = `${template}_draft`;
  await admin.query("SELECT pg_advisory_lock(hashtext($1))", [template]);
  try {
    const { rowCount } = await admin.query("SELECT FROM pg_database WHERE datname = $1", [template]);
    if (rowCount === 0) {
      await admin.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
      await admin.query(`CREATE DATABASE ${draft} TEMPLATE template0`);
      await input.migrate(withDatabase(input.databaseUrl, draft));
      if ((await waitForConnectionsToEnd(admin, draft)) > 0) {
        throw new Error("the migration left connections open: the template cannot be cloned");
      }
      await admin.query(`ALTER DATABASE ${draft} RENAME TO ${template}`);
    }
  } finally {
    await admin.query("SELECT pg_advisory_unlock(hashtext($1))", [template]);
  }
  return template;
}

function withDatabase(databaseUrl: string, name: string): string {
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function withAdmin<T>(databaseUrl: string, use: (admin: pg.Client) => Promise<T>): Promise<void> {
  const admin = new pg.Client({ connectionString: databaseUrl });
  await admin.connect();
  try {
    await use(admin);
  } finally {
    await admin.end();
  }
}
