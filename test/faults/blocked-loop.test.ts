import { waitFor } from "@muster/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

describe("a worker whose event loop is blocked past its lease", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres", env: { LOG_LEVEL: "info" } });
  });
  afterEach(() => stage.killWorkers());
  afterAll(() => stage.close());

  it.each([
    // Before it sends: the lease that it has in mind is over, so it sends nothing.
    { point: "after-claim", sends: 0 },
    // After the app did what it asked: what it wants to record is refused.
    { point: "before-record", sends: 1 },
  ])(
    "F59: at $point it loses the lane, sends and records nothing late, and a metric tells",
    async ({ point, sends }) => {
      const customer = await stage.onboard();
      stage.startWorker();
      await customer.driver.create("ana");
      await customer.expectHealed();
      await stage.killWorkers();
      const patched = (title: string) =>
        customer.app.ledger().filter((entry) => entry.method === "PATCH" && entry.requestBody?.includes(title));
      // Longer than the lease and the time that another worker needs to find and mend it.
      const blockMs = timing.leaseMs * 4;
      const worker = stage.startWorker({ crashes: [`${point}:1=block-${blockMs}`] });
      await worker.current().waitForLine(/the worker is ready/, { timeoutMs: timing.healWithinMs });
      const { connectionId } = customer;
      await customer.driver.setTitle("ana", "Old");
      await waitFor(() => isLeased(stage, connectionId), {
        timeoutMs: timing.healWithinMs,
        everyMs: 10,
        what: "the worker to have the lane",
      });
      if (sends > 0)
        await waitFor(() => patched("Old").length === 1, { timeoutMs: timing.healWithinMs, what: "the old title" });
      await customer.driver.setTitle("ana", "New");
      stage.startWorker();
      await waitFor(() => customer.app.user("ana")?.raw["title"] === "New", {
        timeoutMs: timing.healWithinMs,
        what: "another worker to push the new title",
      });
      await waitFor(() => worker.output().some((line) => line.includes("Lost the lane")), {
        timeoutMs: timing.healWithinMs,
        what: "the blocked worker to be refused",
      });
      await customer.expectHealed();
      const stalls = await stallsOf(worker.output());

      expect(patched("Old")).toHaveLength(sends);
      expect(worker.starts()).toBe(1);
      expect(stalls).toBeGreaterThan(0);
      expect(worker.output().some((line) => line.includes("the event loop was blocked"))).toBe(true);
    },
  );
});

async function isLeased(stage: Stage, connectionId: string): Promise<boolean> {
  const { rows } = await stage.db.pool.query("select 1 from lanes where connection_id = $1 and lease_until > now()", [
    connectionId,
  ]);
  return rows.length > 0;
}

/** What the worker's metrics say of stalls; its log says where they are. */
async function stallsOf(output: readonly string[]): Promise<number> {
  const ready = output.find((line) => line.includes("the worker is ready")) ?? "{}";
  const text = await (await fetch(`${JSON.parse(ready).url}/metrics`)).text();
  return Number(/^muster_event_loop_stalls_total (\d+)/m.exec(text)?.[1]);
}
