import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { callAdmin, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const KILLED = { code: null, signal: "SIGKILL" };

describe("I22: a worker that ends in the middle of a comparison", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres" });
  });
  afterAll(() => stage.close());

  it("G2: killed before and after it recorded a page, is followed by others that go on where it was", async () => {
    const customer = await stage.onboard({ app: { maxResults: 10 } });
    stage.startWorker();
    await customer.driver.createMany("user", 35);
    await customer.expectHealed();
    await stage.killWorkers();
    customer.app.deleteUserByHand("user-7");
    customer.app.clearLedger();
    // Due by its schedule: the next worker begins it.
    await stage.db.pool.query("update lanes set compare_at = now() where connection_id = $1", [customer.connectionId]);
    const gateway = { origin: stage.origins[0] ?? "", apiKey: stage.apiKey };
    const path = `/api/v1/connections/${customer.connectionId}/comparisons`;
    const dying = stage.startWorker({ crashes: ["page-recorded:1", "before-page-recorded:2"] });
    const ended = await waitFor(
      async () => {
        const { items } = await callAdmin(gateway, "GET", path);
        return items[0]?.state !== "running" && items[0];
      },
      { timeoutMs: timing.healWithinMs, everyMs: 100, what: "the comparison to end" },
    );
    const pages = customer.app.ledger().filter((entry) => entry.query.startsWith("startIndex="));
    const starts = pages.map((entry) => new URLSearchParams(entry.query).get("startIndex"));

    expect(dying.exits()).toEqual([KILLED, KILLED]);
    expect(ended).toMatchObject({
      cause: "schedule",
      state: "done",
      progress: { listed: 34, totalResults: 34 },
      counts: { checked: 35, missing: 1, drifted: 0, orphans: 0 },
    });
    // The page whose record was lost is read again, those that were recorded are not.
    expect(starts).toEqual(["1", "11", "21", "21", "31"]);
    expect(customer.app.ledger().filter((entry) => entry.method !== "GET")).toEqual([]);
  });
});
