import { waitFor } from "@muster/testkit";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

describe("others in the database", () => {
  let stage: Stage;
  let stranger: pg.Client;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres", apis: 2 });
    stage.startWorker();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    stranger = new pg.Client({ connectionString: stage.env["DATABASE_URL"] });
    await stranger.connect();
  });
  afterEach(() => stranger.end());

  const lockWaits = async (): Promise<number> => {
    const { rows } = await stage.db.pool.query(
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    return rows.length;
  };
  const untilLockWaits = (count: number) =>
    waitFor(async () => (await lockWaits()) >= count, {
      timeoutMs: timing.healWithinMs,
      everyMs: 10,
      what: `${count} to wait for a lock`,
    });

  it("F18: while somebody holds rows of one tenant its writers are told 503 in time, and others are served", async () => {
    const [held, other] = [await stage.onboard(), await stage.onboard()];
    await held.driver.createMany("user", 4);
    await held.expectHealed();
    const { tenantId } = held;
    await stranger.query("begin");
    await stranger.query("select 1 from users where tenant_id = $1 for update", [tenantId]);
    const titles = [...held.driver.accepted.keys()].map((userName) => held.driver.setTitle(userName, "Held"));
    await untilLockWaits(1);
    await other.driver.createMany("user", 30);
    await other.expectHealed();
    await other.driver.setActive("user-0", false);
    await other.expectHealed();
    const read = await held.driver.send("GET", "/Users?count=1");
    await waitFor(() => held.driver.troubles.length >= 4, { timeoutMs: timing.healWithinMs, what: "a 503 each" });
    await stranger.query("rollback");
    await Promise.all(titles);
    await held.expectHealed();

    expect(read.status).toBe(200);
    expect(other.driver.troubles).toEqual([]);
    expect(new Set(held.driver.troubles)).toEqual(new Set(["PATCH answered 503"]));
  });

  it("F18: a process that stands still in the middle of a transaction loses it, and its rows are free again", async () => {
    const customer = await stage.onboard();
    const { driver } = customer;
    const { id } = await driver.create("ana");
    await customer.expectHealed();
    await stranger.query("begin");
    await stranger.query("select 1 from users where id = $1 for update", [id]);
    const titled = driver.setTitle("ana", "Held");
    await untilLockWaits(1);
    // Whichever api has it: the rows are its own as soon as the stranger lets go, and it will not know.
    for (const api of stage.apis) await api.current().kill("SIGSTOP");
    await stranger.query("rollback");
    const holders = () =>
      stage.db.pool.query(
        "select 1 from pg_stat_activity where application_name = 'muster-api' and state = 'idle in transaction' and datname = current_database()",
      );
    await waitFor(async () => (await holders()).rows.length > 0, {
      timeoutMs: timing.healWithinMs,
      everyMs: 10,
      what: "a transaction that nobody ends",
    });
    // Waits like any other session, and far longer than anybody may hold a row.
    await stranger.query(`set lock_timeout = ${timing.healWithinMs}`);
    await stranger.query("select 1 from users where id = $1 for update", [id]);
    for (const api of stage.apis) await api.current().kill("SIGCONT");
    await titled;
    await customer.expectHealed();

    expect(stage.apis.map((api) => api.starts())).toEqual([1, 1]);
    expect(new Set(driver.troubles)).toEqual(new Set(["PATCH answered 503"]));
  });

  it("F19: members come and go in opposite orders while every seventh write is undone: nobody is lost", async () => {
    const customer = await stage.onboard({ settings: { groups: { mode: "assigned" } } });
    await customer.driver.createMany("user", 8);
    const ids = [...customer.driver.accepted.values()].map(({ id }) => id);
    const groups = await Promise.all(
      ["One", "Two"].map(async (displayName) => {
        const made = await customer.driver.send("POST", "/Groups", { schemas: [GROUP], displayName });
        return String(made.body["id"]);
      }),
    );
    const change = (groupId: string | undefined, op: "add" | "remove", members: readonly string[]) =>
      customer.driver.insist("PATCH", `/Groups/${groupId}`, {
        schemas: [PATCH_OP],
        Operations: [{ op, path: "members", value: members.map((value) => ({ value })) }],
      });
    await undoEverySeventhWrite(stage);

    const answers = await Promise.all(
      ids.flatMap((id, index) => {
        const [forth, back] = [ids.slice(index), ids.slice(index).reverse()];
        const churn = index % 2 === 0 ? (["add", "add"] as const) : (["remove", "add"] as const);
        return [
          change(groups[index % 2], churn[0], forth).then(() => change(groups[index % 2], "add", forth)),
          change(groups[(index + 1) % 2], churn[1], back).then(() => change(groups[(index + 1) % 2], "add", [id])),
        ];
      }),
    );
    const { rows } = await stage.db.pool.query<{ undone: number }>("select last_value / 7 as undone from trouble");
    await stage.db.pool.query("drop trigger trouble on memberships; drop trigger trouble on accounts");
    for (const groupId of groups) await change(groupId, "add", ids);
    const members = await Promise.all(
      groups.map(async (groupId) => (await customer.driver.send("GET", `/Groups/${groupId}`)).body["members"]),
    );
    await customer.expectHealed();

    expect(Number(rows[0]?.undone)).toBeGreaterThan(5);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    // Whoever was unlucky five times is told to try again, and nobody that the gateway is broken.
    expect(customer.driver.troubles).not.toContain("PATCH answered 500");
    expect(members.map((list) => (Array.isArray(list) ? list.length : 0))).toEqual([8, 8]);
  });

  it("F19: a write that is undone every time is answered 503, and leaves nothing", async () => {
    const customer = await stage.onboard();
    await customer.driver.create("ana");
    await customer.expectHealed();
    await stage.db.pool.query(`
      create function undo() returns trigger language plpgsql as $$ begin raise exception 'made up' using errcode = '40001'; end $$;
      create trigger undo before update on users for each row execute function undo()`);
    const titled = customer.driver.setTitle("ana", "Baker");
    await waitFor(() => customer.driver.troubles.length > 1, { timeoutMs: timing.healWithinMs, what: "two refusals" });
    const audited = await stage.db.pool.query("select 1 from audit where action = 'user.update' and tenant_id = $1", [
      customer.tenantId,
    ]);
    await stage.db.pool.query("drop trigger undo on users");
    await titled;
    await customer.expectHealed();

    expect(new Set(customer.driver.troubles)).toEqual(new Set(["PATCH answered 503"]));
    expect(audited.rows).toEqual([]);
  });

  it("F19: who is chosen to end a deadlock tries again, and is answered as if nothing had been", async () => {
    const customer = await stage.onboard();
    const { id } = await customer.driver.create("ana");
    await customer.expectHealed();
    const group = await customer.driver.send("POST", "/Groups", { schemas: [GROUP], displayName: "Staff" });
    const groupId = String(group.body["id"]);
    // The stranger never looks for a deadlock, so it is the api that finds it and is undone.
    await stranger.query("set deadlock_timeout = '60s'");
    await stranger.query("begin");
    await stranger.query("select 1 from users where id = $1 for update", [id]);
    const adding = customer.driver.send("PATCH", `/Groups/${groupId}`, {
      schemas: [PATCH_OP],
      Operations: [{ op: "add", path: "members", value: [{ value: id }] }],
    });
    await untilLockWaits(1);
    const before = await deadlocks(stage);
    await stranger.query("select 1 from groups where id = $1 for update", [groupId]);
    await stranger.query("commit");
    const answer = await adding;
    const read = await customer.driver.send("GET", `/Groups/${groupId}`);
    await customer.expectHealed();

    expect(answer.status).toBe(204);
    expect(read.body["members"]).toMatchObject([{ value: id }]);
    expect(await deadlocks(stage)).toBeGreaterThan(before);
  });
});

async function deadlocks({ db }: Stage): Promise<number> {
  const { rows } = await db.pool.query<{ n: number }>(
    "select deadlocks::int as n from pg_stat_database where datname = current_database()",
  );
  return rows[0]?.n ?? 0;
}

/** Undoes every seventh transaction that writes memberships or accounts, as Postgres does to whom it chooses in a deadlock. */
async function undoEverySeventhWrite({ db }: Stage): Promise<void> {
  await db.pool.query(`
    create sequence trouble;
    create function trouble() returns trigger language plpgsql security definer as $$ declare turn bigint := nextval('trouble'); begin
      if turn % 14 = 0 then raise exception 'made up' using errcode = '40P01'; end if;
      if turn % 7 = 0 then raise exception 'made up' using errcode = '40001'; end if;
      return null;
    end $$;
    create trigger trouble after insert or delete on memberships for each statement execute function trouble();
    create trigger trouble after insert or update on accounts for each statement execute function trouble();`);
}
