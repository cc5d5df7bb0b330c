import { providedServices } from "./provided-services.ts";
import { cloneTestDatabase, type MigrateTestDatabase, makeTestDatabase, type TestDatabase } from "./test-database.ts";

/**
 * Gives a test file a database of its own: a clone of one that is migrated once per run, or, with a `migrate` of the
 * caller's, an empty one that goes through it. Close it after the pools that use it.
 */
export async function createTestDatabase(migrate?: MigrateTestDatabase): Promise<TestDatabase> {
  const { databaseUrl, runName } = providedServices();
  return migrate === undefined
    ? await cloneTestDatabase({ databaseUrl, runName, migrate: migrateStore })
    : await makeTestDatabase({ databaseUrl, runName, migrate });
}

// Imported when it is needed, so that tests without a database do not depend on the store.
async function migrateStore(url: string): Promise<void> {
  const { migrateDatabase } = await import("@muster/store");
  await migrateDatabase({ url });
}
