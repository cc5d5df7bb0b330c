import { setTimeout as sleep } from "node:timers/promises";
import { describeWithRedis, waitFor } from "@muster/testkit";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { type OwnPostgres, startOwnPostgres } from "./own-postgres.ts";
import { type Customer, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

describeWithRedis("a Postgres that ends", () => {
  let postgres: OwnPostgres;
  let stage: Stage;
  beforeAll(async () => {
    postgres = await startOwnPostgres();
    stage = await openStage({ backend: "redis", apis: 2, databaseUrl: postgres.url });
  });
  afterEach(() => stage.killWorkers());
  afterAll(async () => {
    await stage.close();
    await postgres.close();
  });

  it.each([
    ["F15: is restarted while it is written to", "SIGINT"],
    ["F15: drops everything and recovers", "SIGQUIT"],
    ["F16: is killed and recovers", "SIGKILL"],
  ] as const)("%s: what was accepted is there, and pushes go on", async (_name, how) => {
    const customer = await stage.onboard();
    stage.startWorker();
    const writes = customer.driver.createMany("user", 120);
    await waitFor(() => customer.driver.accepted.size > 20, { timeoutMs: timing.healWithinMs, what: "some writes" });
    await postgres.end(how);
    await writes;
    await customer.expectHealed();

    expect(customer.driver.troubles.length).toBeGreaterThan(0);
    expect(stage.apis.map((api) => api.starts())).toEqual([1, 1]);
  });

  it("F17: is away for a while: nothing is accepted, workers stop, and all goes on without a step", async () => {
    const customer = await stage.onboard();
    const worker = stage.startWorker();
    await customer.driver.createMany("before", 10);
    await customer.expectHealed();
    await postgres.goAway();
    const read = await customer.driver.send("GET", "/Users?count=1");
    const write = await customer.driver.send("POST", "/Users", userNamed("nobody"));
    const isReady = await Promise.all(stage.origins.map(async (origin) => (await fetch(`${origin}/readyz`)).status));
    // Whatever was sent before its deadline may still land; a worker without the ledger sends nothing after that.
    await sleep(timing.leaseMs);
    const sent = customer.app.ledger().length;
    const during = customer.driver.createMany("during", 10);
    await sleep(timing.outageMs);
    const sentMeanwhile = customer.app.ledger().length - sent;
    await postgres.comeBack();
    await during;
    await customer.expectHealed();

    expect([read.status, write.status, ...isReady]).toEqual([503, 503, 503, 503]);
    expect(write.body).toMatchObject({ schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"], status: "503" });
    expect(sentMeanwhile).toBe(0);
    expect([worker.starts(), ...stage.apis.map((api) => api.starts())]).toEqual([1, 1, 1]);
  });

  it("F63: the whole machine loses its power under load, and comes back by itself", async () => {
    const customer = await stage.onboard();
    const workers = [stage.startWorker(), stage.startWorker()];
    const writes = customer.driver.createMany("user", 150);
    await waitFor(() => customer.app.counts().users > 10, { timeoutMs: timing.healWithinMs, what: "some pushes" });
    await Promise.all([
      postgres.end("SIGKILL"),
      stage.redis?.kill9(),
      ...[...workers, ...stage.apis].map((one) => one.current().kill("SIGKILL")),
    ]);
    await stage.redis?.restart();
    await writes;
    await customer.expectHealed();
    await expectNothingToDo(customer);

    // Whoever is back before the database is gives up and is started again, as by any init system.
    expect(stage.apis.map((api) => api.starts() >= 2)).toEqual([true, true]);
  });
});

const userNamed = (userName: string) => ({ schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName });

/** I16: once healed, nothing is sent for a while. */
async function expectNothingToDo(customer: Customer): Promise<void> {
  const before = customer.app.ledger().length;
  await sleep(timing.sweepMs * 5);
  expect(customer.app.ledger().length).toBe(before);
}
