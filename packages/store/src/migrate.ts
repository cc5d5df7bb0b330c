import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import pg from "pg";

/** Holds the lock that serialises migrations of one database; any constant does, as long as it never changes. */
const MIGRATION_LOCK = 7_325_811;

/**
 * Brings a database to the newest schema: every numbered SQL file that was not applied yet, each in a transaction of
 * its own, under a lock that makes processes starting together wait for one another. Files are only ever added.
 *
 * @throws when the role may not do it, or when the database was migrated by a newer version
 */
export async function migrateDatabase(input: { url: string; log?: (line: string) => void }): Promise<void> {
  const files = (await readdir(MIGRATIONS)).filter((file) => file.endsWith(".sql")).sort();
  const client = new pg.Client({
    connectionString: input.url,
    application_name: "muster-migrate",
    lock_timeout: 60_000,
  });
  await client.connect();
  try {
    // Session-level, so migrations need a direct connection or a session pooler.
    await client.query("select pg_advisory_lock($1)", [MIGRATION_LOCK]);
    await client.query(
      "create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())",
    );
    const { rows } = await client.query<{ name: string }>("select name from migrations");
    const applied = new Set(rows.map((row) => row.name));
    for (const name of applied) {
      if (!files.includes(name))
        throw new Error(`The database has migration ${name}, which this version does not know: run the newer version`);
    }
    for (const file of files.filter((name) => !applied.has(name))) {
      const statements = await readFile(path.join(MIGRATIONS, file), "utf8");
      await client.query("begin");
      await client.query(statements);
      await client.query("insert into migrations (name) values ($1)", [file]);
      await client.query("commit");
      input.log?.(`Applied migration ${file}`);
    }
    await refuseUnsafeRole(client);
  } finally {
    await client.end();
  }
}

const MIGRATIONS = path.join(import.meta.dirname, "migrations");

/** The role that requests run as must not own tables or bypass row-level security (V88). */
async function refuseUnsafeRole(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ superuser: boolean; bypasses: boolean; owns: boolean }>(`
    select rolsuper as superuser, rolbypassrls as bypasses,
      exists (select 1 from pg_class c where c.relowner = r.oid and c.relkind in ('r', 'p')) as owns
    from pg_roles r where rolname = 'muster_app'`);
  const [role] = rows;
  if (role === undefined)
    throw new Error('The role "muster_app" does not exist: run the migrations as a role that may create roles');
  if (role.superuser || role.bypasses || role.owns)
    throw new Error(
      'The role "muster_app" must own no tables, be no superuser and have no BYPASSRLS: run ALTER ROLE muster_app NOSUPERUSER NOBYPASSRLS and give its tables another owner',
    );
}
