import { setTimeout as sleep } from "node:timers/promises";
import { uuidV7 } from "@muster/runtime";
import { waitFor } from "@muster/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ERROR } from "./clients.ts";
import { APPLICATION_NAME, openStage, type Stage, type Tenant } from "./stage.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

const POOL = 6;
const CLIENTS = 8;
const KILLS = 60;

let stage: Stage;
let tenants: Tenant[];
let workshop: Workshop;
let connectionId: string;

beforeAll(async () => {
  stage = await openStage({ maxConnections: POOL });
  workshop = await openWorkshop(stage);
  const first = await stage.newTenant();
  tenants = [first, await stage.newTenant()];
  ({ connectionId } = await workshop.connect(first));
});
afterAll(async () => {
  await stage.close();
});

// The doorbell's connections die as well: they are of the same process.
const names = `('${APPLICATION_NAME}', 'muster-queue')`;
const ours = `datname = current_database() and application_name in ${names}`;

it("V90: with backends killed at random under load, answers are right or 503, nothing acknowledged is lost, and the pool heals", async () => {
  const accepted: { tenant: Tenant; id: string; userName: string; title: string | undefined }[] = [];
  const statuses = new Map<number, number>();
  const strange: string[] = [];
  let isOver = false;

  async function client(number: number): Promise<void> {
    const tenant = tenants[number % tenants.length];
    if (tenant === undefined) throw new Error("there are tenants");
    const note = (status: number, text: string, expected: readonly number[]): boolean => {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 503 && !text.includes(ERROR)) strange.push(text);
      if (status !== 503 && !expected.includes(status)) strange.push(`${status} ${text}`);
      return expected.includes(status);
    };
    for (let turn = 0; !isOver; turn += 1) {
      const userName = `${number}-${turn}-${uuidV7()}`;
      const made = await tenant.scim.post("/Users", { userName });
      if (!note(made.status, made.text, [201])) continue;
      const person = { tenant, id: made.body.id, userName, title: undefined as string | undefined };
      accepted.push(person);
      const title = `title ${turn}`;
      const changed = await tenant.scim.patch(`/Users/${person.id}`, { op: "replace", path: "title", value: title });
      if (note(changed.status, changed.text, [200])) person.title = title;
      const read = await tenant.scim.get(`/Users/${person.id}`);
      note(read.status, read.text, [200]);
      const found = await tenant.scim.get(`/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`);
      if (note(found.status, found.text, [200]) && found.body.totalResults !== 1)
        strange.push(`lost sight of ${userName}`);
    }
  }

  const load = Array.from({ length: CLIENTS }, (_, number) => client(number));
  // Gaps of all lengths, so that every part of a transaction is hit: BEGIN, statement, COMMIT, idle.
  const gaps = fc.sample(fc.integer({ min: 0, max: 60 }), KILLS);
  for (const gapMs of gaps) {
    await sleep(gapMs);
    await stage.ledger.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where ${ours} order by random() limit 2`,
    );
  }
  isOver = true;
  await Promise.all(load);

  expect(strange).toEqual([]);
  expect(statuses.get(503) ?? 0).toBeGreaterThan(0);
  expect(accepted.length).toBeGreaterThan(CLIENTS);
  for (const { tenant, id, userName, title } of accepted) {
    const { status, body } = await tenant.scim.get(`/Users/${id}`);
    // A write that was answered 503 may have been done; one that was acknowledged must have been.
    expect([status, body.userName, title === undefined || body.title === title]).toEqual([200, userName, true]);
  }
  await waitFor(
    async () => {
      const stuck = await stage.ledger.query(
        `select 1 from pg_stat_activity where ${ours} and state like 'idle in transaction%' and state_change < now() - interval '5 s'`,
      );
      return stuck.length === 0;
    },
    { timeoutMs: 1_000, what: "no session that stays in a transaction" },
  );
  expect(stage.db.pool.totalCount).toBeLessThanOrEqual(POOL);
  expect(stage.db.pool.waitingCount).toBe(0);
  const asked = Array.from({ length: 2 * POOL }, () => tenants).flat();
  const after = await Promise.all(asked.map((tenant) => tenant.scim.get("/Users?count=1")));
  expect(new Set(after.map(({ status }) => status))).toEqual(new Set([200]));
});

it("R1: after all that whoever was acknowledged is in the app once", async () => {
  await workshop.settled(connectionId);

  const people = await stage.ledger.query<{ name: string }>(
    "select user_name as name from users where tenant_id = $1",
    [tenants[0]?.id],
  );
  expect(
    workshop.app
      .users()
      .map((user) => user.userName)
      .sort(),
  ).toEqual(people.map(({ name }) => name).sort());
  expect(workshop.app.duplicates()).toEqual([]);
});

it("V87: after all that each tenant sees its own people only, through the same pool", async () => {
  for (const tenant of tenants) {
    const [{ count } = { count: -1 }] = await stage.ledger.query<{ count: number }>(
      "select count(*)::int as count from users where tenant_id = $1",
      [tenant.id],
    );
    expect((await tenant.scim.get("/Users?count=0")).body.totalResults).toBe(count);
  }
});
