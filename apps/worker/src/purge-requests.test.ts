import { randomBytes } from "node:crypto";
import { uuidV7 } from "@muster/runtime";
import { type Database, insertRequests, openDatabase } from "@muster/store";
import { createTestDatabase } from "@muster/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { purgeRequests } from "./purge-requests.ts";

const HOUR_MS = 3_600_000;
const never = new AbortController().signal;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Database;
let workspaceId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, maxConnections: 3, applicationName: "purge-test" });
  workspaceId = uuidV7();
  await db.pool.query("insert into workspaces (id, name) values ($1, 'Purge')", [workspaceId]);
});
afterAll(async () => {
  await db.close();
  await database.close();
});

type Directory = { tenantId: string; directoryId: string };

/** A directory that keeps requests for some days, with requests of these ages. */
async function directoryWith(days: number, agesInHours: readonly number[], of?: Directory): Promise<Directory> {
  const tenantId = of?.tenantId ?? uuidV7();
  const directoryId = uuidV7();
  if (of === undefined)
    await db.pool.query("insert into tenants (workspace_id, id, name) values ($1, $2, 'T')", [workspaceId, tenantId]);
  await db.pool.query(
    "insert into directories (tenant_id, id, provider, name, request_log_days) values ($1, $2, 'okta', 'D', $3)",
    [tenantId, directoryId, days],
  );
  await db.pool.query(
    `insert into directory_tokens (public_id, tenant_id, directory_id, digest, pepper_id, expires_at)
     values ($1, $2, $3, $4, 'p', now() + interval '1 day')`,
    [randomBytes(6).toString("hex"), tenantId, directoryId, randomBytes(32)],
  );
  const requests = agesInHours.map((age) => {
    const at = new Date(Date.now() - age * HOUR_MS);
    return {
      id: uuidV7(at.getTime()),
      directoryId,
      at,
      method: "GET",
      path: "/Users",
      status: 200,
      durationMs: 1,
      client: "okta",
      actor: null,
      resourceId: null,
      scimType: null,
      detail: null,
      notes: [],
      body: null,
      traceId: null,
    };
  });
  await insertRequests(db, [{ tenantId, requests }]);
  return { tenantId, directoryId };
}

async function agesOf({ directoryId }: Directory): Promise<number[]> {
  const { rows } = await db.pool.query<{ age: number }>(
    "select round(extract(epoch from now() - at) / 3600)::int as age from requests where directory_id = $1 order by id desc",
    [directoryId],
  );
  return rows.map(({ age }) => age);
}

it("K1: deletes what each directory no longer keeps, by its own days, and nothing younger", async () => {
  const week = await directoryWith(7, [1, 6 * 24, 7 * 24 - 1, 7 * 24 + 1, 400 * 24]);
  const day = await directoryWith(1, [1, 23, 25, 30], week);
  const other = await directoryWith(14, [13 * 24, 15 * 24]);
  const off = await directoryWith(0, [0, 1, 48]);

  const deleted = await purgeRequests({ db }, never);

  expect(await agesOf(week)).toEqual([1, 144, 167]);
  expect(await agesOf(day)).toEqual([1, 23]);
  expect(await agesOf(other)).toEqual([13 * 24]);
  expect(await agesOf(off)).toEqual([]);
  expect(deleted).toBe(2 + 2 + 1 + 3);
  expect(await purgeRequests({ db }, never)).toBe(0);
});

it("deletes in chunks until none is left, and two workers at once delete each once", async () => {
  const many = await directoryWith(1, [1, ...Array.from({ length: 250 }, (_, at) => 30 + at)]);

  const [one, two] = await Promise.all([
    purgeRequests({ db, rowsAChunk: 20 }, never),
    purgeRequests({ db, rowsAChunk: 20 }, never),
  ]);

  // What one worker holds the other leaves to it, so either may stop early, but not both.
  expect(one + two).toBe(250);
  expect(await agesOf(many)).toEqual([1]);
});

it("stops where it is told to", async () => {
  const many = await directoryWith(1, [30, 31, 32]);
  const stop = new AbortController();
  stop.abort();

  expect(await purgeRequests({ db }, stop.signal)).toBe(0);
  expect(await agesOf(many)).toHaveLength(3);
});
