import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { providedServices } from "./provided-services.ts";
import { cloneTestDatabase, dropTestDatabases, makeTestDatabase } from "./test-database.ts";

describe("test databases", { timeout: 30_000 }, () => {
  const { databaseUrl, runName } = providedServices();
  // A run of its own: the template of the real run stays as it is.
  const run = { databaseUrl, runName: `${runName}_self` };
  let migrations: number;

  const migrate = async (url: string): Promise<void> => {
    migrations += 1;
    await query(url, "CREATE TABLE person AS SELECT 'ada' AS name");
  };

  beforeEach(() => {
    migrations = 0;
  });

  afterEach(() => dropTestDatabases(run));

  async function query(url: string, sql: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  it("are clones of one template that is migrated once, also when many ask at the same time", async () => {
    const databases = await Promise.all([1, 2, 3].map(() => cloneTestDatabase({ ...run, migrate })));

    expect(migrations).toBe(1);
    expect(new Set(databases.map(({ name }) => name)).size).toBe(3);
    for (const { url, close } of databases) {
      expect(await query(url, "SELECT name FROM person")).toEqual([{ name: "ada" }]);
      await close();
    }
  });

  it("are apart from each other", async () => {
    const first = await cloneTestDatabase({ ...run, migrate });
    const second = await cloneTestDatabase({ ...run, migrate });

    await query(first.url, "DELETE FROM person");

    expect(await query(second.url, "SELECT name FROM person")).toEqual([{ name: "ada" }]);
  });

  it("try the migration again when it failed half-way", async () => {
    const broken = async (url: string): Promise<void> => {
      await query(url, "CREATE TABLE half (id int)");
      throw new Error("migration 7 failed");
    };
    await expect(cloneTestDatabase({ ...run, migrate: broken })).rejects.toThrow("migration 7 failed");

    const { url } = await cloneTestDatabase({ ...run, migrate });

    expect(await query(url, "SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
  });

  it("fail to close, naming the number, when a pool was left open, and are dropped all the same", async () => {
    const database = await makeTestDatabase({ ...run, migrate });
    const leaked = [1, 2].map(() => new pg.Client({ connectionString: database.url }));
    for (const client of leaked) {
      client.on("error", () => undefined);
      await client.connect();
    }

    await expect(database.close()).rejects.toThrow(`2 connections to test database ${database.name} were still open`);

    const left = `SELECT FROM pg_database WHERE datname = '${database.name}'`;
    expect(await query(databaseUrl, left)).toEqual([]);
    await Promise.all(leaked.map((client) => client.end()));
  });

  it("close without complaint when the pool was closed", async () => {
    const database = await makeTestDatabase({ ...run, migrate });
    const pool = new pg.Pool({ connectionString: database.url, max: 4 });
    await Promise.all([1, 2, 3, 4].map(() => pool.query("SELECT 1")));
    await pool.end();

    await database.close();
  });
});
