import { describeWithRedis, waitFor } from "@muster/testkit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Customer, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs * 2 });

describeWithRedis("Redis that ends", () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage({ backend: "redis", apis: 2 });
  });
  afterEach(() => stage.close());

  const keys = async (): Promise<number> => Number(await stage.redis?.cli(["DBSIZE"]));
  const pending = async (customer: Customer): Promise<number> => (await customer.status()).accounts.pending;

  it("F09: emptied three times during a sync of 5,000 people, each time with 1,000 or more waiting, changes nothing in the end", async () => {
    const customer = await stage.onboard({ settings: { maxInFlight: 16, ratePerSecond: 400 } });
    const workers = [stage.startWorker(), stage.startWorker()];
    const flushed: { keys: number; pending: number; inApp: number }[] = [];
    const posting = customer.driver.createMany("user", 5_000, 32);
    for (const inApp of [200, 1_200, 2_400]) {
      // Somebody who rings: the others may all be accepted by now, and Redis would have nothing to lose.
      await customer.driver.create(`bell-${inApp}`);
      const waiting = await waitFor(
        async () =>
          customer.app.counts().users >= inApp &&
          (await keys()) > 0 &&
          (await pending(customer)) >= 1_000 &&
          (await pending(customer)),
        { timeoutMs: timing.healWithinMs, everyMs: 200, what: `${inApp} people in the app and 1,000 waiting` },
      );
      flushed.push({ keys: await keys(), pending: waiting, inApp: customer.app.counts().users });
      await stage.redis?.flushAll();
    }
    await posting;
    await customer.expectHealed();

    expect(flushed.map((flush) => ({ keys: flush.keys > 0, pending: flush.pending >= 1_000 }))).toEqual(
      [1, 2, 3].map(() => ({ keys: true, pending: true })),
    );
    expect(customer.driver.troubles).toEqual([]);
    expect(customer.app.counts()).toMatchObject({ users: 5_003, activeUsers: 5_003, duplicates: 0 });
    expect(workers.map((worker) => worker.starts())).toEqual([1, 1]);
  });

  it("F10: away for a while, fails no write, keeps no leaver in, and is used again without a restart", async () => {
    const customer = await stage.onboard();
    const workers = [stage.startWorker(), stage.startWorker()];
    await customer.driver.createMany("before", 50);
    await customer.expectHealed();

    await stage.redis?.kill9();
    const back = new Promise((resolve) => setTimeout(resolve, timing.outageMs)).then(() => stage.redis?.restart());
    let isBack = false;
    void back.finally(() => (isBack = true));
    await customer.driver.createMany("meanwhile", 50);
    await customer.driver.setActive("before-0", false);
    await waitFor(() => customer.app.user("before-0")?.active === false, {
      timeoutMs: timing.healWithinMs,
      what: "the leaver to be out",
    });
    const outWhileAway = !isBack;
    await back;
    await stage.redis?.flushAll();
    await customer.driver.createMany("after", 50);
    // Rings arrive again, and a worker waits for them again.
    await waitFor(
      async () => (await keys()) > 0 && (await stage.redis?.cli(["CLIENT", "LIST"]))?.includes("cmd=bzpopmin"),
      {
        timeoutMs: timing.healWithinMs,
        what: "apis and workers to use Redis again",
      },
    );
    await customer.expectHealed();

    expect(outWhileAway).toBe(true);
    expect(customer.driver.troubles).toEqual([]);
    expect([...workers, ...stage.apis].map((process) => process.starts())).toEqual([1, 1, 1, 1]);
  });

  it("trap 5 without Redis: a leaver is out and everybody gets a turn, with more lanes busy than a worker has hands", async () => {
    const quiet = await stage.onboard();
    const slow = { app: { faults: [{ kind: "latency" as const, latencyMs: 100 }] }, settings: { maxInFlight: 1 } };
    const busy = await Promise.all(Array.from({ length: 12 }, () => stage.onboard(slow)));
    stage.startWorker({ env: { MUSTER_WORKER_SLOTS: "5" } });
    await quiet.driver.create("leaver");
    await quiet.expectHealed();
    await stage.redis?.kill9();
    await Promise.all(busy.map((customer, index) => customer.driver.createMany(`busy-${index}`, 120, 2)));
    await quiet.driver.setActive("leaver", false);
    await waitFor(() => quiet.app.user("leaver")?.active === false, {
      timeoutMs: timing.healWithinMs,
      what: "the leaver to be out",
    });
    const made = () => busy.map((customer) => customer.app.counts().users);
    const whenOut = made();
    await waitFor(() => made().every((users) => users > 0), {
      timeoutMs: timing.healWithinMs,
      what: "a turn for each",
    });

    // Nobody had to wait until another lane had nothing left to do.
    expect(whenOut.filter((users) => users === 120)).toEqual([]);
    expect(made().filter((users) => users === 120)).toEqual([]);
    await stage.redis?.restart();
  });
});
