import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { callAdmin, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

describe("an administrator of the app who changes accounts by hand", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres" });
  });
  afterAll(() => stage.close());

  it("F55: the comparison finds it all, mends what should be, and brings back nobody who should be gone", async () => {
    const customer = await stage.onboard();
    const { app, driver, connectionId } = customer;
    const worker = stage.startWorker();
    await driver.createMany("user", 12);
    await customer.expectHealed();
    for (const leaver of ["user-3", "user-4"]) await driver.setActive(leaver, false);
    await customer.expectHealed();
    app.clearLedger();
    const edited = app.user("user-1");
    app.putUserByHand({ ...edited?.raw, displayName: "By hand", active: false });
    app.deleteUserByHand("user-2");
    app.putUserByHand({ ...app.user("user-3")?.raw, active: true });
    app.deleteUserByHand("user-4");
    app.putUserByHand({ userName: "somebody-else", active: true });
    const gateway = { origin: stage.origins[0] ?? "", apiKey: stage.apiKey };
    const path = `/api/v1/connections/${connectionId}/comparisons`;
    const compare = async (policy: "report" | "repair") => {
      const { id } = await callAdmin(gateway, "POST", path, { policy });
      return await waitFor(
        async () => {
          const comparison = await callAdmin(gateway, "GET", `${path}/${id}`);
          return comparison.state !== "running" && comparison;
        },
        { timeoutMs: timing.healWithinMs, everyMs: 50, what: "the comparison to end" },
      );
    };
    const reported = await compare("report");
    const afterReport = app.ledger().filter((entry) => entry.method !== "GET");
    const repaired = await compare("repair");
    await waitFor(async () => (await customer.status()).settled && app.user("user-2") !== undefined, {
      timeoutMs: timing.healWithinMs,
      what: "what was found to be mended",
    });
    const again = await compare("report");
    const found = { drifted: 1, missing: 2, unexpectedActive: 1, orphans: 1 };

    expect([reported, repaired]).toMatchObject([
      { state: "done", counts: found },
      { state: "done", counts: found },
    ]);
    expect(afterReport).toEqual([]);
    expect([app.user("user-1")?.active, app.user("user-2")?.active, app.user("user-3")?.active]).toEqual([
      true,
      true,
      false,
    ]);
    expect(app.user("user-4")).toBeUndefined();
    expect(app.user("somebody-else")?.active).toBe(true);
    expect(again.counts).toMatchObject({ drifted: 0, missing: 0, unexpectedActive: 0, orphans: 1 });
    expect(app.counts().users).toBe(12);
    expect(worker.starts()).toBe(1);
  });
});
