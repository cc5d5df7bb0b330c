import { waitFor } from "@muster/testkit";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  brokenByCalls,
  changedByRepeat,
  commandsGiven,
  deadProcesses,
  notGivenBack,
  stuckLanes,
} from "./invariants.ts";
import { type Customer, callAdmin, openStage, type Stage } from "./stage.ts";
import type { Supervised } from "./supervise.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

// Whoever is to notice that something is wrong must be seen to notice it: each check on a stage where all is well, then spoilt by hand.
describe("the checks that follow every fault", () => {
  let stage: Stage;
  let customer: Customer;
  let worker: Supervised;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres" });
    worker = stage.startWorker();
    customer = await stage.onboard();
    await customer.driver.createMany("user", 3);
    await customer.expectHealed();
  });
  afterAll(() => stage.close());

  const judged = () => ({ ...customer, db: stage.db });
  const resources = () => ({ ...judged(), processes: [...stage.apis, worker], redis: stage.redis });

  it("I03, I17, I20: read the connection's limits and quarantines from the database", async () => {
    const well = await brokenByCalls(judged());
    const { tenantId, connectionId } = customer;
    await stage.db.pool.query("update connections set max_in_flight = 1 where id = $1", [connectionId]);
    await stage.db.pool.query(
      "insert into audit (tenant_id, id, actor, action, target, at) values ($1, gen_random_uuid(), 'system', 'connection.quarantine', $2, now() - interval '1 hour')",
      [tenantId, connectionId],
    );
    const spoilt = await brokenByCalls(judged());
    await stage.db.pool.query("delete from audit where action = 'connection.quarantine'");
    await stage.db.pool.query("update connections set max_in_flight = 4 where id = $1", [connectionId]);

    expect(well).toEqual([]);
    expect(spoilt).toEqual(expect.arrayContaining(["I20: POST /Users was sent in quarantine"]));
  });

  it("I10: a repeat that makes a new version is told of", async () => {
    const well = await changedByRepeat(judged());
    const last = [...customer.driver.accepted.keys()].at(-1);
    await stage.db.pool.query("update users set active = false where user_name = $1", [last]);
    const spoilt = await changedByRepeat(judged());

    expect(well).toEqual([]);
    expect(spoilt).toEqual([expect.stringContaining(`I10: ${last} was said again`)]);
  });

  it("I15: a lane that is due and that nobody takes is told of", async () => {
    const well = await stuckLanes(stage.db);
    await stage.killWorkers();
    await stage.db.pool.query("update lanes set due_at = now() - interval '1 hour', lease_until = null");
    const spoilt = await stuckLanes(stage.db);
    worker = stage.startWorker();

    expect(well).toEqual([]);
    expect(spoilt).toEqual([`I15: lane ${customer.connectionId} is due and nobody has it`]);
    await waitFor(async () => (await stuckLanes(stage.db)).length === 0, {
      timeoutMs: timing.healWithinMs,
      what: "the worker to take it",
    });
  });

  it("I14: sessions that stand in a transaction, and too many of them, are told of", async () => {
    const well = await notGivenBack(resources());
    const strangers = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const stranger = new pg.Client({
          connectionString: stage.env["DATABASE_URL"],
          application_name: "muster-test",
        });
        await stranger.connect();
        return stranger;
      }),
    );
    await strangers[0]?.query("begin");
    const spoilt = await waitFor(
      async () => {
        const found = await notGivenBack(resources());
        return found.length > 1 && found;
      },
      { timeoutMs: timing.healWithinMs, what: "both to be told of" },
    );
    await Promise.all(strangers.map((stranger) => stranger.end()));

    expect(well).toEqual([]);
    expect(spoilt).toEqual(
      ["I14: 2 processes have 6", "I14: 1 sessions stand"].map((begin) => expect.stringContaining(begin)),
    );
  });

  it("I22: a command that somebody gave, and a process that stays down, are told of", async () => {
    const well = [...(await commandsGiven(judged())), ...deadProcesses([worker])];
    const gateway = { origin: stage.origins[0] ?? "", apiKey: stage.apiKey };
    await callAdmin(gateway, "POST", `/api/v1/connections/${customer.connectionId}/pause`);
    await callAdmin(gateway, "POST", `/api/v1/connections/${customer.connectionId}/resume`);
    const commands = await commandsGiven(judged(), ["connection.pause"]);
    await worker.current().kill("SIGKILL");
    const dead = deadProcesses([worker]);

    expect(well).toEqual([]);
    expect(commands).toEqual(["I22: somebody had to give the command connection.resume"]);
    expect(dead).toEqual([`I22: ${worker.name} is down`]);
  });
});
