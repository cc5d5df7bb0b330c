import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { migrateDatabase, openDatabase } from "@muster/store";
import { createTestDatabase, waitFor } from "@muster/testkit";
import pg from "pg";
import { describe, expect, it, vi } from "vitest";
import { NEXT_FILE, nextMigrations } from "./next-version.ts";
import { openStage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const MIGRATIONS = fileURLToPath(new URL("../../packages/store/src/migrations", import.meta.url));

describe("a migration during work", () => {
  it("F37: waits for no lock as long as requests would, tries again, fails nobody, and the version before goes on", async () => {
    const stage = await openStage({ backend: "postgres", apis: 2 });
    const folder = await nextMigrations();
    const holder = new pg.Client({ connectionString: stage.env["DATABASE_URL"] });
    try {
      const customer = await stage.onboard();
      stage.startWorker();
      await customer.driver.createMany("before", 20);
      await customer.expectHealed();
      await holder.connect();
      // Somebody reads for long, which every change of a table has to wait for.
      await holder.query("begin; select count(*) from users");
      const tried: string[] = [];
      let isMigrated = false;
      const migrated = migrateDatabase({
        url: stage.env["DATABASE_URL"] ?? "",
        folder,
        log: (line) => tried.push(line),
      });
      void migrated.finally(() => (isMigrated = true)).catch(() => undefined);
      let rounds = 0;
      const load = async (): Promise<void> => {
        while (!isMigrated) {
          rounds += 1;
          await customer.driver.create(`during-${rounds}`);
          await customer.driver.setTitle("before-1", `Round ${rounds}`);
        }
      };
      const loading = Promise.all([load(), load(), load(), load()]);
      // Several of its tries end before the reader does.
      await waitFor(() => waitsOf(stage.db.pool, 3), {
        timeoutMs: timing.healWithinMs,
        everyMs: 20,
        what: "three tries",
      });
      await holder.query("rollback");
      await migrated;
      await loading;
      await customer.driver.createMany("after", 20);
      await customer.driver.setActive("before-2", false);
      await customer.expectHealed();

      expect(tried).toEqual([expect.stringMatching(new RegExp(`${NEXT_FILE} at try [2-9]`))]);
      expect(rounds).toBeGreaterThan(4);
      expect(customer.driver.troubles).toEqual([]);
      expect(stage.apis.map((api) => api.starts())).toEqual([1, 1]);
    } finally {
      await holder.end();
      await stage.close();
      await rm(folder, { recursive: true });
    }
  });

  it("F37: the newest of ours are applied to a database of the version before that is written to", async () => {
    const files = (await readdir(MIGRATIONS)).filter((file) => file.endsWith(".sql")).sort();
    const older = await mkdtemp(join(tmpdir(), "muster-migrations-"));
    for (const file of files.slice(0, -1)) await cp(join(MIGRATIONS, file), join(older, file));
    const database = await createTestDatabase((url) => migrateDatabase({ url, folder: older }));
    const db = openDatabase({ url: database.url, maxConnections: 6, applicationName: "older" });
    try {
      const errors: unknown[] = [];
      let isDone = false;
      let writes = 0;
      const tenant = crypto.randomUUID();
      const work = async (): Promise<void> => {
        const lane = crypto.randomUUID();
        const insert = "insert into lanes (connection_id, tenant_id, workspace_id) values ($1, $2, $2)";
        await db.pool.query(insert, [lane, tenant]);
        while (!isDone) {
          writes += 1;
          const update = "update lanes set due_at = now(), epoch = epoch + 1 where connection_id = $1";
          await db.pool.query(update, [lane]).catch((error: unknown) => errors.push(error));
        }
      };
      const working = Promise.all([work(), work(), work()]);
      await waitFor(() => writes > 10, { timeoutMs: timing.healWithinMs, what: "some writes" });
      await migrateDatabase({ url: database.url });
      const before = writes;
      await waitFor(() => writes > before + 10 || errors.length > 0, {
        timeoutMs: timing.healWithinMs,
        what: "more writes",
      });
      isDone = true;
      await working;

      expect(errors).toEqual([]);
    } finally {
      await db.close();
      await database.close();
      await rm(older, { recursive: true });
    }
  });
});

let waits = 0;
let wasWaiting = false;

/** Whether the migration has been seen waiting for a lock so often, each time after it had not. */
async function waitsOf(pool: pg.Pool, wanted: number): Promise<boolean> {
  const { rows } = await pool.query<{ waiting: boolean }>(
    `select exists (select 1 from pg_stat_activity where application_name = 'muster-migrate' and wait_event_type = 'Lock'
     and datname = current_database()) as waiting`,
  );
  const isWaiting = rows[0]?.waiting === true;
  if (isWaiting && !wasWaiting) waits += 1;
  wasWaiting = isWaiting;
  return waits >= wanted;
}
