import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { callAdmin, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const KILLED = { code: null, signal: "SIGKILL" };

describe("J5: a worker that ends in the middle of an undo", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres" });
  });
  afterAll(() => stage.close());

  it("killed twice, is followed by one that does the rest, and everybody has the account they had", async () => {
    const customer = await stage.onboard();
    const { tenantId, directoryId, app, driver } = customer;
    stage.startWorker();
    await driver.createMany("leaver", 12);
    await customer.expectHealed();
    const before = app.users().map(({ id, userName }) => [userName, id]);
    const gateway = { origin: stage.origins[0] ?? "", apiKey: stage.apiKey };
    const path = `/api/v1/tenants/${tenantId}/directories/${directoryId}/undos`;
    const to = new Date(Date.now() + 5).toISOString();
    await waitFor(() => new Date().toISOString() > to, { timeoutMs: 5_000, what: "a moment before the mistake" });
    const [inactive, deleted] = [
      [0, 1, 2, 3, 4, 5],
      [6, 7, 8, 9],
    ];
    for (const index of inactive) await driver.setActive(`leaver-${index}`, false);
    for (const index of deleted) await driver.insist("DELETE", `/Users/${driver.accepted.get(`leaver-${index}`)?.id}`);
    const inApp = () => app.users().filter(({ active }) => active).length;
    await waitFor(() => inApp() === 2, { timeoutMs: timing.healWithinMs, what: "ten people to be inactive" });
    const { id } = await callAdmin(gateway, "POST", path, { to });
    const inState = (state: string) =>
      waitFor(
        async () => {
          // Whoever died keeps the undo to itself for half a minute; here that is over.
          await stage.db.pool.query("update undo_turns set due_at = now()");
          return (await callAdmin(gateway, "GET", `${path}/${id}`)).state === state;
        },
        { timeoutMs: timing.healWithinMs, everyMs: 200, what: `an undo that is ${state}` },
      );
    await inState("ready");
    await stage.killWorkers();
    await callAdmin(gateway, "POST", `${path}/${id}/apply`);

    const dying = stage.startWorker({ crashes: ["undo-chunk:1", "undo-chunk:2"] });
    await inState("done");
    await waitFor(() => inApp() === 12, { timeoutMs: timing.healWithinMs, what: "everybody to be active again" });

    expect(dying.exits()).toEqual([KILLED, KILLED]);
    expect(app.users().map(({ id: remoteId, userName }) => [userName, remoteId])).toEqual(before);
    expect(app.duplicates()).toEqual([]);
  });
});
