import { waitFor } from "@muster/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Receiver, startReceiver, verify } from "../e2e/receiver.ts";
import { type Customer, callAdmin, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const KILLED = { code: null, signal: "SIGKILL" };
const PEOPLE = 30;

describe("L1: a worker that ends while it tells a webhook", () => {
  let stage: Stage;
  let receiver: Receiver;
  let secret: string;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres" });
  });
  beforeEach(async () => {
    receiver = await startReceiver();
    ({ secret } = await call("POST", "/api/v1/webhooks", {
      url: receiver.url,
      types: ["user.created", "user.updated"],
    }));
  });
  afterEach(async () => {
    await stage.killWorkers();
    for (const { id } of (await call("GET", "/api/v1/webhooks")).items) await call("DELETE", `/api/v1/webhooks/${id}`);
    await receiver.close();
  });
  afterAll(() => stage.close());

  const call = (method: string, path: string, body?: unknown) =>
    callAdmin({ origin: stage.origins[0] ?? "", apiKey: stage.apiKey }, method, path, body);

  /** Ids of a tenant's events in the order in which they are kept. */
  async function written({ tenantId }: Customer): Promise<string[]> {
    const { rows } = await stage.db.pool.query<{ id: string }>(
      "select id from events where tenant_id = $1 and type in ('user.created', 'user.updated') order by place, seq",
      [tenantId],
    );
    return rows.map((row) => row.id);
  }

  const arrivals = ({ tenantId }: Customer): string[] =>
    receiver.received.filter((message) => message.data.tenantId === tenantId).map((message) => message.id);

  /** Waits until every event has arrived, and checks that each came first in its place, whatever came again. */
  async function expectTold(customer: Customer): Promise<void> {
    const events = await written(customer);
    await waitFor(async () => new Set(arrivals(customer)).size === events.length, {
      timeoutMs: timing.healWithinMs,
      what: "every event to arrive",
    });

    expect([...new Set(arrivals(customer))]).toEqual(events);
    for (const message of receiver.received) verify(secret, message);
  }

  it("killed before it called, after it was heard and again: every event arrives, in order, under its own id", async () => {
    const [one, two] = [await stage.onboard(), await stage.onboard()];
    await Promise.all([one, two].map((customer) => customer.driver.createMany("user", PEOPLE)));
    const dying = stage.startWorker({ crashes: ["webhook-sent:7", "before-webhook:9", "webhook-sent:11"] });
    await expectTold(one);
    await expectTold(two);
    const again = receiver.received.length - 2 * PEOPLE;

    expect(dying.exits()).toEqual([KILLED, KILLED, KILLED]);
    expect((await written(one)).length).toBe(PEOPLE);
    // What was heard and not recorded comes again: of each life at most one for each lane that it held.
    expect(again).toBeGreaterThanOrEqual(2);
    expect(again).toBeLessThanOrEqual(6);
  });

  it("F04: frozen while the receiver takes its time, it records nothing when it wakes, and its lane goes on with another", async () => {
    const customer = await stage.onboard();
    const frozen = stage.startWorker();
    const heard = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    let first = true;
    receiver.answer = async () => {
      if (!first) return 204;
      first = false;
      heard.resolve();
      await answer.promise;
      return 204;
    };
    await customer.driver.createMany("user", 1);
    await heard.promise;
    await frozen.current().kill("SIGSTOP");
    await customer.driver.createMany("more", 3);
    stage.startWorker();
    await waitFor(async () => arrivals(customer).length >= 4, {
      timeoutMs: timing.healWithinMs,
      what: "another worker to go on",
    });
    answer.resolve();
    await frozen.current().kill("SIGCONT");
    await frozen.current().waitForLine(/Lost a webhook's lane/, { timeoutMs: timing.healWithinMs });
    await customer.driver.createMany("last", 1);
    await expectTold(customer);
    const delivered = async () =>
      (
        await stage.db.pool.query<{ event_id: string; n: number }>(
          "select event_id, count(*)::int as n from webhook_deliveries where tenant_id = $1 and outcome = 'delivered' group by 1",
          [customer.tenantId],
        )
      ).rows;
    // What arrived is recorded a moment later.
    await waitFor(async () => (await delivered()).length >= 5, {
      timeoutMs: timing.healWithinMs,
      what: "five records",
    });
    const rows = await delivered();

    expect(rows).toHaveLength(5);
    expect(rows.every((row) => row.n === 1)).toBe(true);
  });
});
