import { createLogger, createMetrics, type Metrics, uuidV7 } from "@muster/runtime";
import { type Database, openDatabase } from "@muster/store";
import { createTestDatabase, freePort, waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BufferedRequest, bufferRequests } from "./buffer-requests.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, maxConnections: 3, applicationName: "buffer-test" });
});
afterAll(async () => {
  await db.close();
  await database.close();
});

function recordOf(tenantId: string, change: Partial<BufferedRequest["request"]> = {}): BufferedRequest {
  const request = {
    id: uuidV7(),
    directoryId: uuidV7(),
    at: new Date(),
    method: "GET",
    path: "/Users",
    status: 200,
    durationMs: 1.25,
    client: "okta",
    actor: "token:test",
    resourceId: null,
    scimType: null,
    detail: null,
    notes: [{ seen: 'a "quoted" \\ thing', taken: "ä ☃" }],
    body: { schemas: [], '"x"': "text(3)" },
    traceId: null,
  };
  return { tenantId, request: { ...request, ...change } };
}

function open(over: Database): { buffer: ReturnType<typeof bufferRequests>; metrics: Metrics; log: string[] } {
  const log: string[] = [];
  const metrics = createMetrics();
  const logger = createLogger({ name: "buffer-test", level: "trace", write: (line) => void log.push(line) });
  return { buffer: bufferRequests({ db: over, logger, metrics }), metrics, log };
}

async function countOf(tenantId: string): Promise<number> {
  const { rows } = await db.pool.query<{ count: number }>(
    "select count(*)::int as count from requests where tenant_id = $1",
    [tenantId],
  );
  return rows[0]?.count ?? -1;
}

const lost = async (metrics: Metrics, reason: string): Promise<number> =>
  Number(new RegExp(`unrecorded_total\\{reason="${reason}"\\} (\\d+)`).exec(await metrics.text())?.[1] ?? 0);

describe("bufferRequests", () => {
  it("writes what several tenants sent, each under its own scope, as it was given", async () => {
    const { buffer } = open(db);
    const [one, two] = [uuidV7(), uuidV7()];
    const record = recordOf(one);

    buffer.add(record);
    for (let count = 0; count < 5; count += 1) buffer.add(recordOf(two));
    await waitFor(async () => (await countOf(two)) === 5, { timeoutMs: 10_000, what: "the records" });
    await buffer.close();

    const { rows } = await db.pool.query<object>("select * from requests where tenant_id = $1", [one]);
    expect(rows).toEqual([
      expect.objectContaining({
        id: record.request.id,
        directory_id: record.request.directoryId,
        at: record.request.at,
        duration_ms: 1.25,
        notes: record.request.notes,
        body: record.request.body,
        trace_id: null,
      }),
    ]);
  });

  it("writes what is left when it is closed", async () => {
    const { buffer } = open(db);
    const tenantId = uuidV7();
    for (let count = 0; count < 3_000; count += 1) buffer.add(recordOf(tenantId));

    await buffer.close();

    expect(await countOf(tenantId)).toBe(3_000);
  });

  it("loses one tenant's records for what is wrong with one, and no other tenant's; logged once", async () => {
    const { buffer, metrics, log } = open(db);
    const [good, bad] = [uuidV7(), uuidV7()];
    for (let count = 0; count < 10; count += 1) {
      buffer.add(recordOf(good));
      buffer.add(recordOf(bad, count === 3 ? { directoryId: "nobody's" } : {}));
    }

    await waitFor(async () => (await lost(metrics, "write_failed")) > 0, { timeoutMs: 10_000, what: "the loss" });
    buffer.add(recordOf(good));
    await waitFor(async () => (await countOf(good)) === 11, { timeoutMs: 10_000, what: "the others" });
    await buffer.close();

    expect(await countOf(bad)).toBe(0);
    expect(await lost(metrics, "write_failed")).toBe(10);
    expect(log.filter((line) => line.includes("loop run failed"))).toHaveLength(1);
  });

  it("a flood while the database is away is bounded, counted, logged once, and written when it is back", async () => {
    const port = await freePort();
    const away = openDatabase({
      url: `postgres://nobody@127.0.0.1:${port}/nowhere`,
      maxConnections: 1,
      applicationName: "buffer-test",
    });
    let isBack = false;
    const between: Database = {
      sessions: "own",
      get pool() {
        return isBack ? db.pool : away.pool;
      },
      close: () => away.close(),
    };
    const { buffer, metrics, log } = open(between);
    const tenantId = uuidV7();

    for (let count = 0; count < 20_000; count += 1) if (buffer.hasRoom()) buffer.add(recordOf(tenantId));
    await waitFor(() => log.some((line) => line.includes("loop run failed")), { timeoutMs: 10_000, what: "the error" });
    expect(buffer.hasRoom()).toBe(false);
    isBack = true;
    await waitFor(async () => (await countOf(tenantId)) === 5_000, { timeoutMs: 20_000, what: "the records" });
    await waitFor(() => buffer.hasRoom(), { timeoutMs: 10_000, what: "room" });
    await buffer.close();
    await between.close();

    expect(await lost(metrics, "buffer_full")).toBeGreaterThanOrEqual(15_001);
    expect(log.filter((line) => line.includes("loop run failed"))).toHaveLength(1);
    expect(log.filter((line) => line.includes("loop recovered"))).toHaveLength(1);
  });
});
