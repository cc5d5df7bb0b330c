import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "@muster/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type OwnPostgres, startOwnPostgres } from "./own-postgres.ts";
import { type Customer, callAdmin, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs * 2 });

const RESTORED = { MUSTER_RESTORED: "1" };

describe("a database that was restored while the app moved on", () => {
  let postgres: OwnPostgres;
  let stage: Stage;
  beforeEach(async () => {
    postgres = await startOwnPostgres();
    stage = await openStage({ backend: "postgres", databaseUrl: postgres.url });
  });
  afterEach(async () => {
    await stage.close();
    await postgres.close();
  });

  it("F54: compares first and sends nothing; then nobody who left is active, and nobody has a second account", async () => {
    const customer = await stage.onboard({ app: { uniqueNames: false } });
    const { app, driver } = customer;
    stage.startWorker();
    await driver.createMany("staff", 12);
    await customer.expectHealed();
    await stage.killWorkers();
    // Not in the app yet when the backup is made.
    await driver.create("joiner");
    const restore = await backUp(postgres);
    stage.startWorker();
    await customer.expectHealed();
    await driver.setActive("staff-1", false);
    await driver.setActive("joiner", false);
    await driver.setTitle("staff-2", "Baker");
    await driver.create("later");
    await customer.expectHealed();
    await stage.killWorkers();
    const before = app.users();
    app.clearLedger();
    await restore();

    const worker = stage.startWorker({ env: RESTORED });
    const compared = await waitFor(() => firstComparison(stage, customer), {
      timeoutMs: timing.healWithinMs,
      what: "the comparison",
    });
    // The one who joined and left meanwhile is due to be created, and the identity provider says everything once more.
    const due = (await customer.status()).accounts.pending;
    await driver.repeatAll();
    await waitFor(() => worker.output().some((line) => line.includes("MUSTER_RESTORED is set")), {
      timeoutMs: timing.healWithinMs,
      what: "the preparation",
    });
    const written = app.ledger().filter((entry) => entry.method !== "GET");
    const unchanged = app.users();
    await waitFor(async () => (await certain(stage, customer)) === 0, {
      timeoutMs: timing.healWithinMs,
      what: "whatever is due to be in doubt",
    });
    await stage.killWorkers();
    stage.startWorker();
    await waitFor(async () => (await customer.status()).settled, {
      timeoutMs: timing.healWithinMs,
      what: "everybody to be dealt with",
    });

    expect([due, written, unchanged]).toEqual([1, [], before]);
    expect(compared).toMatchObject({ policy: "report", state: "done", counts: { drifted: 1, orphans: 2 } });
    expect(
      app
        .users()
        .map(({ userName, active }) => `${userName} ${active}`)
        .sort(),
    ).toEqual([...driver.accepted.values()].map(({ userName, active }) => `${userName} ${active}`).sort());
    // Whoever the backup did not know is somebody new here: whose the old account is, a person decides.
    expect((await customer.status()).accounts).toMatchObject({ stopped: 1 });
    expect(app.user("staff-2")?.raw["title"]).toBe("Baker");
    expect(app.ledger().filter((entry) => entry.method === "POST" && entry.status === 201)).toEqual([]);
  });
});

/** Copies the data while nobody runs; what it answers puts the copy back. */
async function backUp(postgres: OwnPostgres): Promise<() => Promise<void>> {
  const [data, copy] = [join(postgres.dataDir, "postgres/data"), join(postgres.dataDir, "backup")];
  const whileAway = async (work: () => Promise<void>): Promise<void> => {
    await postgres.goAway();
    await work();
    await postgres.comeBack();
  };
  await whileAway(() => cp(data, copy, { recursive: true }));
  return () =>
    whileAway(async () => {
      await rm(data, { recursive: true });
      await cp(copy, data, { recursive: true });
    });
}

/** How many accounts would be written to without a look. */
async function certain({ db }: Stage, { connectionId }: Customer): Promise<number> {
  const { rows } = await db.pool.query<{ n: number }>(
    "select count(*)::int as n from accounts where connection_id = $1 and not verify",
    [connectionId],
  );
  return rows[0]?.n ?? 0;
}

async function firstComparison(stage: Stage, { connectionId }: Customer) {
  const gateway = { origin: stage.origins[0] ?? "", apiKey: stage.apiKey };
  const { items } = await callAdmin(gateway, "GET", `/api/v1/connections/${connectionId}/comparisons`);
  return items[0] !== undefined && items[0].state !== "running" && items[0];
}
