import { uuidV7 } from "@muster/runtime";
import { createTestDatabase } from "@muster/testkit";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Database, inTenant, openDatabase } from "./database.ts";
import { insertUsers } from "./insert-users.ts";
import { purgeTombstones } from "./purge-tombstones.ts";
import { deleteUser } from "./users.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Database;
let owner: pg.Client;
let tenantId: string;
const directoryId = uuidV7();
const connectionId = uuidV7();

/** Held against each other they take longer than any statement may. */
const TOMBSTONES = 500;
const GROUPS = 20_000;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, maxConnections: 4, applicationName: "test" });
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await db.close();
  await database.close();
});
beforeEach(async () => {
  tenantId = uuidV7();
  await owner.query(
    "insert into directories (tenant_id, id, provider, name, tombstone_days) values ($1, $2, 'generic', 'test', 30)",
    [tenantId, directoryId],
  );
});

/** Adds a person with an e-mail and an account that is settled, deleted so many days ago or not at all. */
async function add(deletedDaysAgo: number | null, account: Record<string, unknown> = {}): Promise<string> {
  const id = uuidV7();
  const user = {
    userName: id,
    externalId: id,
    active: true,
    attributes: { emails: [{ value: `${id}@Example.com` }] },
  };
  await inTenant(db, tenantId, (tx) => insertUsers(tx, tenantId, [{ id, directoryId, user, actor: "test" }]));
  const settled = { desired_generation: 2, applied_generation: 2, state: "synced", due_at: null, removal: false };
  const row = { tenant_id: tenantId, connection_id: connectionId, user_id: id, ...settled, ...account };
  await owner.query("insert into accounts select (jsonb_populate_record(null::accounts, $1::jsonb)).*", [
    JSON.stringify({
      lookups: 0,
      verify: false,
      attempts: 0,
      crashes: 0,
      updated_at: new Date(),
      marked_at: new Date(),
      seated: false,
      ...row,
    }),
  ]);
  if (deletedDaysAgo === null) return id;
  await owner.query("update users set active = false, deleted_at = now() - $2 * interval '1 day' where id = $1", [
    id,
    deletedDaysAgo,
  ]);
  return id;
}

const purge = (limit = 100) => purgeTombstones(db, tenantId, directoryId, { limit, actor: "system" });
const left = async () =>
  (await owner.query<{ id: string }>("select id from users where tenant_id = $1 order by id", [tenantId])).rows.map(
    ({ id }) => id,
  );

describe("B12: tombstones", () => {
  it("go for good after the days of their directory, with accounts and e-mail keys, one audit row each", async () => {
    const [old, recent, alive] = [await add(31), await add(29), await add(null)];

    const purged = await purge();

    expect(purged).toBe(1);
    expect(await left()).toEqual([recent, alive].sort());
    for (const table of ["accounts", "user_emails"]) {
      const { rows } = await owner.query(`select 1 from ${table} where tenant_id = $1 and user_id = $2`, [
        tenantId,
        old,
      ]);
      expect(rows).toEqual([]);
    }
    const { rows } = await owner.query(
      "select actor, target from audit where tenant_id = $1 and action = 'user.purge'",
      [tenantId],
    );
    expect(rows).toEqual([{ actor: "system", target: old }]);
  });

  it.each([
    ["an account is due", { due_at: new Date(Date.now() + 86_400_000) }],
    ["a push is under way", { in_flight_epoch: 3 }],
    ["a removal has not reached the app", { removal: true, state: "failing" }],
    ["a removal was refused by the app", { state: "stopped" }],
    ["the app's copy must be read back", { verify: true }],
    ["what was wanted last was not done", { applied_generation: 1 }],
  ])("stay while %s", async (_name, account) => {
    const id = await add(400, account);

    expect(await purge()).toBe(0);
    expect(await left()).toEqual([id]);
  });

  it("go in chunks, the oldest first", async () => {
    const [second, first, third] = [await add(50), await add(60), await add(40)];

    expect(await purge(2)).toBe(2);
    expect(await left()).toEqual([third]);
    expect([first, second]).not.toContain(third);
    expect(await purge(2)).toBe(1);
    expect(await purge(2)).toBe(0);
  });

  it("are left alone while somebody brings them back, and once they are back", async () => {
    const id = await add(400);
    await owner.query("begin");
    await owner.query("update users set deleted_at = null, active = true where id = $1", [id]);

    const meanwhile = await purge();
    await owner.query("commit");
    const after = await purge();

    expect([meanwhile, after]).toEqual([0, 0]);
    expect(await left()).toEqual([id]);
  });

  it("keep their e-mail keys until then, and free the userName at once", async () => {
    const id = await add(null);
    await inTenant(db, tenantId, (tx) => deleteUser(tx, tenantId, { directoryId, id, actor: "test" }));

    const { rows } = await owner.query("select email_key from user_emails where user_id = $1", [id]);
    const again = await inTenant(db, tenantId, (tx) =>
      insertUsers(tx, tenantId, [
        {
          id: uuidV7(),
          directoryId,
          user: { userName: id, externalId: null, active: true, attributes: {} },
          actor: "test",
        },
      ]),
    );

    expect(rows).toEqual([{ email_key: `${id}@example.com` }]);
    expect(again).toHaveLength(1);
  });

  it("ADR 0010: go in time from a directory of many groups, though the planner counts these as none", async () => {
    const { rows } = await owner.query<{ id: string }>(
      `with gone as (
         insert into users (tenant_id, id, directory_id, user_name, user_name_key, active, attributes, deleted_at)
         select $1, gen_random_uuid(), $2, 'gone-' || n, 'gone-' || n, false, '{}', now() - interval '400 days' from generate_series(1, $3) n
         returning id)
       select id from gone`,
      [tenantId, directoryId, TOMBSTONES],
    );
    const groups = `insert into groups (tenant_id, id, directory_id, display_name, display_name_key, attributes)
      select $1, gen_random_uuid(), $2, 'group-' || n, 'group-' || n, '{}' from generate_series(1, $3) n`;
    await owner.query(groups, [tenantId, directoryId, 2_000]);
    await owner.query("delete from groups");
    await owner.query("vacuum (truncate false) groups");
    await owner.query(groups, [tenantId, directoryId, GROUPS]);
    await owner.query(
      `insert into parked_members (tenant_id, group_id, value)
       select $1, id, case when row_number() over () <= $2 then ($3::text[])[row_number() over ()] else 'somebody' end from groups where tenant_id = $1`,
      [tenantId, TOMBSTONES, rows.map(({ id }) => id)],
    );

    const purged = await purge(TOMBSTONES);
    const kept = await owner.query("select 1 from parked_members where tenant_id = $1", [tenantId]);

    expect(purged).toBe(TOMBSTONES);
    expect(kept.rows).toHaveLength(GROUPS - TOMBSTONES);
  });
});
