import { uuidV7 } from "@muster/runtime";
import { createTestDatabase } from "@muster/testkit";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AccountOutcome, recordOutcomes } from "./accounts.ts";
import { type ClaimedAccount, claimAccounts } from "./claim-accounts.ts";
import { type Database, inTenant, openDatabase } from "./database.ts";
import { blocksOf } from "./fixtures/blocks-of.ts";

const PEOPLE = 50_000;
const CLAIMED = 20;
const lane = { tenantId: uuidV7(), connectionId: uuidV7(), epoch: 1 };
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

const claim = (only?: { removals: boolean }) =>
  inTenant(db, lane.tenantId, (tx) => claimAccounts(tx, lane, CLAIMED, only));

const pushed = ({ userId, generation }: ClaimedAccount): AccountOutcome => ({
  ...{ userId, generation, settled: true, state: "synced", reason: null, dueInMs: null, remoteId: `r-${userId}` },
  ...{ remoteUserNameKey: null, applied: { userName: userId }, verify: false, lookups: 0, attempts: 0 },
});

const claimAndRecord = async () => {
  const claimed = await claim();
  const held = await inTenant(db, lane.tenantId, (tx) => recordOutcomes(tx, lane, claimed.map(pushed), []));
  return held ? claimed.length : 0;
};

const other = { ...lane, tenantId: uuidV7(), connectionId: uuidV7() };

async function fillLane(
  owner: pg.Client,
  { tenantId, connectionId, epoch }: typeof lane,
  people: number,
): Promise<void> {
  const directoryId = uuidV7();
  await owner.query("insert into directories (tenant_id, id, provider, name) values ($1, $2, 'generic', 'test')", [
    ...[tenantId, directoryId],
  ]);
  await owner.query(
    `insert into users (tenant_id, id, directory_id, user_name, user_name_key, active, attributes)
     select $1, gen_random_uuid(), $2, 'p-' || n, 'p-' || n, true, '{}' from generate_series(1, $3::int) n`,
    [tenantId, directoryId, people],
  );
  await owner.query("insert into lanes (tenant_id, workspace_id, connection_id, epoch) values ($1, $1, $2, $3)", [
    ...[tenantId, connectionId, epoch],
  ]);
  await owner.query(
    "insert into accounts (tenant_id, connection_id, user_id) select tenant_id, $2, id from users where tenant_id = $1",
    [tenantId, connectionId],
  );
}

it("P10: claim and record find accounts by key among 50,000, whatever the planner knows of the lane", async () => {
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  await owner.query("alter table accounts set (autovacuum_enabled = false)");
  await fillLane(owner, other, 10_000);
  // From now on a new lane is one that the statistics say has no row.
  await owner.query("analyze accounts");
  await fillLane(owner, lane, PEOPLE);
  await owner.end();

  const blocks = await blocksOf(db, ["accounts"], claimAndRecord);
  const forNothing = await blocksOf(db, ["accounts"], () => claim({ removals: true }));

  // Twice twenty rows, each in seven indexes of a few levels; the lane has more than fifty thousand.
  expect(blocks).toBeGreaterThan(CLAIMED);
  expect(blocks).toBeLessThan(3_000);
  expect(forNothing).toBeLessThan(50);
});
