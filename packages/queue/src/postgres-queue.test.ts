import { createTestDatabase, type TestDatabase } from "@muster/testkit";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "./fixtures/eventually.ts";
import type { Queue, QueueSettings } from "./index.ts";
import { migrateQueue, openQueue, QueueRefusedError } from "./index.ts";

const ring = (connectionId: string) => ({ tenantId: "tenant-1", connectionId, removal: false });

describe("the queue on Postgres alone", () => {
  const queues: Queue[] = [];
  let admin: Client;
  let home = 0;
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase(async () => undefined);
    admin = new Client({ connectionString: database.url });
    await admin.connect();
  });
  afterEach(async () => {
    await Promise.all(queues.splice(0).map((queue) => queue.close()));
  });
  afterAll(async () => {
    await admin.end();
    await database.close();
  });

  function settingsFor(connectionString = database.url) {
    home += 1;
    return { kind: "postgres" as const, connectionString, schema: `alone_${process.pid}_${home}` };
  }

  async function start(settings: QueueSettings): Promise<{ queue: Queue; seen: string[] }> {
    const timings = { heartbeatMs: 50, logEveryMs: 60_000 };
    const queue = await openQueue(settings, { logger: { warn: () => undefined }, timings });
    queues.push(queue);
    const seen: string[] = [];
    queue.consume({
      slots: 16,
      removalSlots: 4,
      drain: async (lane) => {
        seen.push(lane.connectionId);
        return { again: false };
      },
    });
    return { queue, seen };
  }

  const connections = async () => {
    const { rows } = await admin.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
    );
    return rows.map(({ pid }) => pid);
  };

  it("refuses to open before its schema exists, and migrates twice without harm", async () => {
    const settings = settingsFor();
    await expect(start(settings)).rejects.toThrow(QueueRefusedError);

    await Promise.all([migrateQueue(settings), migrateQueue(settings)]);
    await migrateQueue(settings);
    const { queue, seen } = await start(settings);

    queue.ring([ring("first")]);
    await eventually(() => expect(seen).toEqual(["first"]));
  });

  it("holds at most eight connections under load, one pool for all", async () => {
    const settings = settingsFor();
    await migrateQueue(settings);
    const { queue, seen } = await start(settings);
    let most = 0;

    queue.ring(Array.from({ length: 500 }, (_, lane) => ring(`lane-${lane}`)));
    await eventually(async () => {
      most = Math.max(most, (await connections()).length);
      expect(seen).toHaveLength(500);
    });

    expect(most).toBeLessThanOrEqual(8);
    expect(most).toBeGreaterThanOrEqual(3);
  });

  it("F16: heals after all its connections were cut", async () => {
    const settings = settingsFor();
    await migrateQueue(settings);
    const { queue, seen } = await start(settings);
    queue.ring([ring("before")]);
    await eventually(() => expect(seen).toEqual(["before"]));

    for (const pid of await connections()) await admin.query("SELECT pg_terminate_backend($1)", [pid]);

    await eventually(() => {
      queue.ring([ring("after")]);
      expect(seen).toContain("after");
    });
    await eventually(() => expect(queue.health().ok).toBe(true));
  });

  it("D20: works for an app role that does not own the schema and may create nothing", async () => {
    const settings = settingsFor();
    const role = `app_${settings.schema}`;
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'weak'`);
    await migrateQueue(settings, { appRole: role });
    const url = new URL(database.url);
    url.username = role;
    url.password = "weak";

    const { queue, seen } = await start({ ...settings, connectionString: url.href });
    queue.ring([ring("weak")]);

    await eventually(() => expect(seen).toEqual(["weak"]));
    await queue.close();
    await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  it("keeps its schema against options in the connection string", async () => {
    const settings = settingsFor(`${database.url}?options=-c%20search_path%3Dpublic`);
    await migrateQueue(settings);

    const { queue, seen } = await start(settings);
    queue.ring([ring("own-schema")]);

    await eventually(() => expect(seen).toEqual(["own-schema"]));
  });

  it("opens, rings and closes without a server", async () => {
    const timings = { sendTimeoutMs: 300, heartbeatMs: 50 };
    const nowhere: QueueSettings = { kind: "postgres", connectionString: "postgres://nobody@127.0.0.1:1/none" };
    const queue = await openQueue(nowhere, { logger: { warn: () => undefined }, timings });
    queue.consume({ slots: 1, removalSlots: 1, drain: async () => ({ again: false }) });

    queue.ring([ring("unheard")]);

    await eventually(() => expect(queue.counters().failedRings).toBe(1));
    expect(queue.health().ok).toBe(false);
    await queue.close();
  });
});
