import { uuidV7 } from "@muster/runtime";
import { createTestDatabase } from "@muster/testkit";
import pg from "pg";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type Database, openDatabase } from "./database.ts";
import { blocksOf } from "./fixtures/blocks-of.ts";
import { lookUpUsersOfTenants, readUsersOfTenants } from "./read-users.ts";

const PEOPLE = 50_000;
const tenantId = uuidV7();
const directoryId = uuidV7();
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, maxConnections: 1, applicationName: "test" });
});
afterAll(async () => {
  await db.close();
  await database.close();
});

const idOf = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, "0")}`;
const keys = [1, 2, 3].map((number) => ({ directoryId, id: idOf(number) }));
const lookUps = keys.map((_, number) => ({ directoryId, key: `p-${number + 1}`, limit: 10 }));
const batch = <Question>(questions: Question[]) => [{ tenantId, questions }] as const;
const readAll = async () => [
  (await readUsersOfTenants(db, batch(keys))).flat().length,
  (await lookUpUsersOfTenants(db, "userName", batch(lookUps))).flat().length,
  (await lookUpUsersOfTenants(db, "externalId", batch(lookUps))).flat().length,
];

it("statements that were prepared on empty tables look users up by key among 50,000 people", async () => {
  await db.pool.query("set plan_cache_mode = force_generic_plan");
  await readAll();
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  await owner.query("alter table users set (autovacuum_enabled = false)");
  await owner.query("insert into directories (tenant_id, id, provider, name) values ($1, $2, 'generic', 'test')", [
    tenantId,
    directoryId,
  ]);
  await owner.query(
    `insert into users (tenant_id, id, directory_id, user_name, user_name_key, external_id, active, attributes)
     select $1, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, $2, 'p-' || n, 'p-' || n, 'p-' || n, true, '{}'
     from generate_series(1, ${PEOPLE}) n`,
    [tenantId, directoryId],
  );
  await owner.end();

  const found = await readUsersOfTenants(db, batch(keys));
  const blocks = await blocksOf(db, ["users", "memberships", "groups"], readAll);

  expect(found.flat().map((one) => one?.record.id)).toEqual(keys.map(({ id }) => id));
  // Nine look-ups of a few levels each; the directory has more than a thousand blocks.
  expect(blocks).toBeGreaterThan(9);
  expect(blocks).toBeLessThan(200);
});

it("P16: however many callers of a tenant share a read, it is one statement", async () => {
  const sent = vi.spyOn(pg.Client.prototype, "query");
  const many = Array.from({ length: 50 }, () => keys).flat();

  await readUsersOfTenants(db, batch(many));

  const texts = sent.mock.calls.map(([query]: unknown[]) => (typeof query === "string" ? "control" : "statement"));
  sent.mockRestore();
  expect(texts).toEqual(["control", "statement", "control"]);
});
