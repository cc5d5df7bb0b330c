import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { sqlState } from "./database.ts";
import { connectDirectly } from "./refuse-pooler.ts";

/** Holds the lock that serialises migrations of one database; any constant does, as long as it never changes. */
const MIGRATION_LOCK = 7_325_811;
/** For the process before us to finish. */
const OTHERS_MS = 60_000;
/**
 * For the locks of one migration. Requests queue behind it meanwhile and give up after 2 s, so it must give up well before
 * them; then it lets them through and tries again (F37).
 */
const LOCK_MS = 1_000;
const PAUSE_MS = 500;
const MAX_TRIES = 120;

/**
 * Brings a database to the newest schema: every numbered SQL file that was not applied yet, each in a transaction of
 * its own, under a lock that makes processes starting together wait for one another. Files are only ever added. It may be done
 * while others work: no request fails because of a migration that waits.
 *
 * @throws when the role may not do it, or when the database was migrated by a newer version
 */
export async function migrateDatabase(input: {
  url: string;
  log?: (line: string) => void;
  /** Where the files are, for tests of versions before and after this one. */
  folder?: string;
}): Promise<void> {
  const folder = input.folder ?? MIGRATIONS;
  const files = (await readdir(folder)).filter((file) => file.endsWith(".sql")).sort();
  const client = await connectDirectly({
    connectionString: input.url,
    application_name: "muster-migrate",
    lock_timeout: OTHERS_MS,
  });
  try {
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
      const tries = await applyFile(client, file, await readFile(path.join(folder, file), "utf8"));
      input.log?.(`Applied migration ${file}${tries > 1 ? ` at try ${tries}` : ""}`);
    }
    await refuseUnsafeRole(client);
  } finally {
    await client.end();
  }
}

/** Applies one file; answers how often it had to be tried until its locks were free. */
async function applyFile(client: pg.Client, file: string, statements: string): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    try {
      await client.query(`begin; set local lock_timeout = ${LOCK_MS}`);
      await client.query(statements);
      await client.query("insert into migrations (name) values ($1)", [file]);
      await client.query("commit");
      return tries;
    } catch (error) {
      await client.query("rollback");
      if (tries === MAX_TRIES || !mayPass(error)) throw new Error(`Migration ${file} failed`, { cause: error });
      await sleep(PAUSE_MS);
    }
  }
}

/** A lock that somebody holds, or a deadlock with somebody: nothing of the file was applied. */
const mayPass = (error: unknown): boolean => ["55P03", "40P01"].includes(sqlState(error) ?? "");

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
