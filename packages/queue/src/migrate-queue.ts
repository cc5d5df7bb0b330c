import { runMigrations } from "bullmq";
import { Client, escapeIdentifier } from "pg";
import { queueNames } from "./lane-job.ts";
import { defaultQueueSchema } from "./postgres-transport.ts";
import type { QueueSettings } from "./queue.ts";

/**
 * Creates or updates BullMQ's schema in Postgres; does nothing for Redis. Safe to run from several processes at once.
 * The role that runs it owns the schema; name the role of the app in `appRole` when that is another, weaker one.
 *
 * @throws {Error} when the server cannot be reached or the role may not create the schema
 */
export async function migrateQueue(settings: QueueSettings, options: { appRole?: string } = {}): Promise<void> {
  if (settings.kind === "redis") return;
  const schema = settings.schema ?? defaultQueueSchema;
  const client = new Client({ connectionString: settings.connectionString, application_name: "muster-queue-migrate" });
  await client.connect();
  try {
    await runMigrations(client, schema);
    // BullMQ creates a queue's sequence at its first job, which a role that may create nothing cannot.
    for (const name of Object.values(queueNames)) {
      await client.query(`SELECT ${escapeIdentifier(schema)}.next_job_id($1)`, [name]);
    }
    if (options.appRole !== undefined) await grantUse(client, schema, options.appRole);
  } finally {
    await client.end();
  }
}

async function grantUse(client: Client, schema: string, appRole: string): Promise<void> {
  const [home, role] = [escapeIdentifier(schema), escapeIdentifier(appRole)];
  await client.query(`
    GRANT USAGE ON SCHEMA ${home} TO ${role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${home} TO ${role};
    GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA ${home} TO ${role};
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${home} TO ${role}`);
}
