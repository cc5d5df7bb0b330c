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

async function fillLane(): Promise<void> {
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  const directoryId = uuidV7();
  // A lane that no statistics know: those of a new tenant until the next analyze.
  await owner.query("alter table accounts set (autovacuum_enabled = false)");
  await owner.query("insert into directories (tenant_id, id, provider, name) values ($1, $2, 'generic', 'test')", [
    lane.tenantId,
    directoryId,
  ]);
  await owner.query(
    `insert into users (tenant_id, id, directory_id, user_name, user_name_key, active, attributes)
     select $1, gen_random_uuid(), $2, 'p-' || n, 'p-' || n, true, '{}' from generate_series(1, ${PEOPLE}) n`,
    [lane.tenantId, directoryId],
  );
  await owner.query("insert into lanes (tenant_id, workspace_id, connection_id, epoch) values ($1, $1, $2, $3)", [
    ...[lane.tenantId, lane.connectionId, lane.epoch],
  ]);
  await owner.query(
    "insert into accounts (tenant_id, connection_id, user_id) select tenant_id, $2, id from users where tenant_id = $1",
    [...[lane.tenantId, lane.connectionId]],
  );
  await owner.end();
}

it("P10: claim and record find accounts by key among 50,000, whatever the planner knows of the lane", async () => {
  for (let plans = 0; plans < 10; plans += 1) await claimAndRecord();
  await fillLane();

  const blocks = await blocksOf(db, ["accounts"], claimAndRecord);
  const forNothing = await blocksOf(db, ["accounts"], () => claim({ removals: true }));

  // Twice twenty rows, each in seven indexes of a few levels; the lane has more than fifty thousand.
  expect(blocks).toBeGreaterThan(CLAIMED);
  expect(blocks).toBeLessThan(3_000);
  expect(forNothing).toBeLessThan(50);
});
