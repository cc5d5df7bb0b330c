import { waitFor } from "@muster/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { onEachBackend, openStage, type Stage } from "./stage.ts";
import type { Supervised } from "./supervise.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const KILLED = { code: null, signal: "SIGKILL" };
const posts = (app: { ledger(): { method: string }[] }): number =>
  app.ledger().filter((entry) => entry.method === "POST").length;

onEachBackend("a worker that ends", (backend) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ backend });
  });
  afterEach(() => stage.killWorkers());
  afterAll(() => stage.close());

  it("F01: killed after it claimed its batch, is followed by another that pushes everybody once", async () => {
    const customer = await stage.onboard();
    const dying = stage.startWorker({ crashes: ["after-claim:1"], restart: false });
    await customer.driver.createMany("user", 30);
    const exit = await dying.current().exited;
    const sentBefore = posts(customer.app);
    stage.startWorker();
    await customer.expectHealed();

    expect(exit).toEqual(KILLED);
    expect(sentBefore).toBe(0);
    expect(posts(customer.app)).toBe(30);
  });

  it("F02: killed after the app had made the account, is followed by another that finds and links it", async () => {
    // An app that would make a second account: only our look before the second POST is between us and a duplicate.
    const customer = await stage.onboard({ app: { uniqueNames: false } });
    const dying = stage.startWorker({ crashes: ["after-reply:1"] });
    await customer.driver.createMany("user", 30);
    await waitFor(() => dying.exits().length === 1, {
      timeoutMs: timing.healWithinMs,
      what: "the worker to be killed",
    });
    const madeBefore = customer.app.counts().users;
    await customer.expectHealed();

    expect(dying.exits()).toEqual([KILLED]);
    expect(madeBefore).toBeGreaterThan(0);
    expect(posts(customer.app)).toBe(30);
  });

  it("F03: killed twice over the same person, finishes in its third life, and the crashes are counted", async () => {
    const customer = await stage.onboard({ app: { uniqueNames: false } });
    const dying = stage.startWorker({ crashes: ["after-reply:1", "after-claim:1"] });
    await customer.driver.create("ana");
    await waitFor(async () => (await crashes(stage)) === 2, {
      timeoutMs: timing.healWithinMs,
      everyMs: 5,
      what: "two crashes to be counted on the account",
    });
    await customer.expectHealed();

    expect(dying.exits()).toEqual([KILLED, KILLED]);
    expect(posts(customer.app)).toBe(1);
  });

  it("F04: frozen past its lease and woken again, records nothing and never has the last word (G3)", async () => {
    const customer = await stage.onboard();
    const frozen = stage.startWorker();
    await customer.driver.create("ana");
    await customer.expectHealed();
    // The frozen worker's request lands at the app after the newer state did.
    const lateMs = timing.leaseMs * 3;
    customer.app.faults.set([
      { kind: "latency", latencyMs: lateMs, when: "before-applying", method: "PATCH", mentions: "Old", times: 1 },
    ]);
    await customer.driver.setTitle("ana", "Old");
    const patched = () => customer.app.ledger().filter((entry) => entry.method === "PATCH");
    await waitFor(() => patched().length === 1, {
      timeoutMs: timing.healWithinMs,
      what: "the old title to be on its way",
    });
    await frozen.current().kill("SIGSTOP");
    await customer.driver.setTitle("ana", "New");
    stage.startWorker();
    await waitFor(() => patched().some((entry) => entry.requestBody?.includes("New") && entry.status === 200), {
      timeoutMs: timing.healWithinMs,
      what: "another worker to push the new title",
    });
    await waitFor(() => patched()[0]?.status === 200, { timeoutMs: lateMs * 2, what: "the old title to land" });
    const between = customer.app.user("ana")?.raw["title"];
    await frozen.current().kill("SIGCONT");
    await waitFor(() => frozen.output().some((line) => line.includes("Lost the lane")), {
      timeoutMs: timing.healWithinMs,
      what: "the frozen worker to be refused",
    });
    await customer.expectHealed();

    expect(between).toBe("Old");
    expect(customer.app.user("ana")?.raw["title"]).toBe("New");
    expect(frozen.starts()).toBe(1);
  });

  it("F05: told to stop during 200 pushes, exits 0 within 20 s with nothing lost or doubled", async () => {
    const customer = await stage.onboard({
      app: { uniqueNames: false, faults: [{ kind: "latency", latencyMs: 50 }] },
      settings: { maxInFlight: 4 },
    });
    const stopping = stage.startWorker();
    await customer.driver.createMany("user", 200);
    await waitFor(() => customer.app.counts().users >= 20, { timeoutMs: timing.healWithinMs, what: "20 pushes" });
    const exit = await exitOf(stopping);
    const made = customer.app.counts().users;
    stage.startWorker();
    await customer.expectHealed();

    expect(exit).toEqual({ code: 0, signal: null });
    expect(made).toBeLessThan(200);
    expect(posts(customer.app)).toBe(200);
  });
});

describe("a worker told to stop", () => {
  it("F05: exits 0 within 20 s at the published times although the app answers nobody, and doubles nothing", async () => {
    const stage = await openStage({ backend: "postgres" });
    try {
      const customer = await stage.onboard({
        app: { uniqueNames: false, faults: [{ kind: "swallow", how: "silence", method: "POST", times: 4 }] },
        settings: { maxInFlight: 4 },
      });
      const stopping = stage.startWorker({ env: { MUSTER_LEASE_MS: "40000", MUSTER_CALL_TIMEOUT_MS: "25000" } });
      await customer.driver.createMany("user", 10);
      await waitFor(() => posts(customer.app) === 4, {
        timeoutMs: timing.healWithinMs,
        what: "four calls without an answer",
      });
      const exit = await exitOf(stopping);
      stage.startWorker();
      await customer.expectHealed();

      expect(exit).toEqual({ code: 0, signal: null });
      expect(posts(customer.app)).toBe(10);
    } finally {
      await stage.close();
    }
  });

  it("F40: three deaths in a row set aside the one they have in common, and nobody else of the batch", async () => {
    const stage = await openStage({ backend: "postgres" });
    try {
      const customer = await stage.onboard();
      stage.startWorker();
      await customer.driver.create("first");
      await customer.expectHealed();
      await stage.killWorkers();
      await customer.driver.createMany("user", 30);
      const dying = stage.startWorker({ crashes: ["before-create:1", "before-create:1", "before-create:1"] });
      await waitFor(() => dying.exits().length === 3, { timeoutMs: timing.healWithinMs, what: "three deaths" });
      const counted = await waitFor(
        async () => {
          const { accounts } = await customer.status();
          return accounts.pending === 0 && accounts;
        },
        { timeoutMs: timing.healWithinMs, what: "everybody to be dealt with" },
      );
      const inApp = customer.app.counts().users;
      // The next day it is tried again, by a worker that lives.
      await stage.db.pool.query(
        "with due as (update accounts set due_at = now() where state = 'stopped') update lanes set due_at = now()",
      );
      await customer.expectHealed();

      expect(counted).toMatchObject({ synced: 30, stopped: 1 });
      expect(inApp).toBe(30);
    } finally {
      await stage.close();
    }
  });
});

/** How a worker ends that is asked to; F05 gives it 20 s. */
async function exitOf(worker: Supervised): Promise<unknown> {
  const late = new Promise((resolve) => setTimeout(resolve, 20_000, "still there"));
  return await Promise.race([worker.retire("SIGTERM"), late]);
}

async function crashes(stage: Stage): Promise<number> {
  const { rows } = await stage.db.pool.query<{ crashes: number }>("select max(crashes) as crashes from accounts");
  return rows[0]?.crashes ?? 0;
}
