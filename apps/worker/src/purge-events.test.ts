import { createKeyring } from "@muster/credentials";
import { createTenant, type WorkspaceScope } from "@muster/directory";
import { changeEventStream, createWebhook, readEventPage } from "@muster/provisioning";
import { uuidV7 } from "@muster/runtime";
import { type Database, openDatabase } from "@muster/store";
import { createTestDatabase } from "@muster/testkit";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { purgeOldEvents } from "./purge-events.ts";

const never = new AbortController().signal;
const ALL = { types: null, appId: null, limit: 1_000 };

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Database;
let scope: WorkspaceScope;
let tenantId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, maxConnections: 3, applicationName: "purge-test" });
});
afterAll(async () => {
  await db.close();
  await database.close();
});
beforeEach(async () => {
  scope = { workspaceId: uuidV7(), actor: "test" };
  await db.pool.query("insert into workspaces (id, name) values ($1, 'Purge')", [scope.workspaceId]);
  ({ id: tenantId } = await createTenant({ db }, scope, { name: "T", externalId: null }));
  await changeEventStream({ db }, { ...scope, tenantId }, { enabled: true, days: 7 });
});

const addEvent = (daysAgo: number) =>
  db.pool.query(
    `insert into events (tenant_id, place, type, changes, at)
     values ($1, pg_current_xact_id(), 'user.created', '{}', now() - $2 * interval '1 day')`,
    [tenantId, daysAgo],
  );
const count = async () =>
  (await db.pool.query<{ n: number }>("select count(*)::int as n from events where tenant_id = $1", [tenantId])).rows[0]
    ?.n;
const notices = async () =>
  (await db.pool.query<{ kind: string }>("select kind from notices where tenant_id = $1", [tenantId])).rows;

it("L2: deletes what a tenant no longer keeps, in chunks; a cursor from before is told that it is gone", async () => {
  const { next } = await readEventPage({ db }, { ...scope, tenantId }, null, ALL);
  for (const age of [20, 9, 8, 6, 0]) await addEvent(age);

  const deleted = await purgeOldEvents({ db, rowsAChunk: 2 }, never);

  expect(deleted).toBe(3);
  expect(await count()).toBe(2);
  await expect(readEventPage({ db }, { ...scope, tenantId }, next, ALL)).rejects.toMatchObject({ kind: "gone" });
  expect((await readEventPage({ db }, { ...scope, tenantId }, null, ALL)).events).toHaveLength(2);
});

it("L1: a webhook that was not told of all of them leaves a notice, one that was leaves none", async () => {
  await addEvent(9);
  const keyring = createKeyring(Buffer.alloc(32, 7));
  const hook = { url: "https://ledger.example/hooks", name: null, types: null, appId: null, starts: [] };
  await createWebhook({ db, keyring }, scope, hook);
  await purgeOldEvents({ db }, never);
  const told = await notices();
  await addEvent(8);
  await purgeOldEvents({ db }, never);

  expect(told).toEqual([]);
  expect(await notices()).toEqual([{ kind: "webhook.lost" }]);
});
