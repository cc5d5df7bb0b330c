import { join } from "node:path";
import { describeWithRedis, freePort, waitFor } from "@muster/testkit";
import { expect, it, vi } from "vitest";
import { createDriver } from "./driver.ts";
import { expectRepeatsChangeNothing } from "./expect-repeats.ts";
import { copyNextVersion } from "./next-version.ts";
import { callAdmin, openStage } from "./stage.ts";
import { type Supervised, supervise } from "./supervise.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs * 2 });

describeWithRedis("a rolling deploy", () => {
  it("F38: this version and the next share database, Redis and lanes; each understands what the other left", async () => {
    const next = await copyNextVersion();
    const stage = await openStage({ backend: "redis" });
    const newer: Supervised[] = [];
    try {
      const customer = await stage.onboard();
      const worker = stage.startWorker();
      await customer.driver.createMany("old", 20);
      await customer.expectHealed();
      const port = await freePort();
      const run = (name: string, app: string, env: Record<string, string>): Supervised => {
        const script = join(next.folder, `apps/${app}/src/main.ts`);
        const process = supervise({ name, script, env: { ...stage.env, ...env } });
        newer.push(process);
        return process;
      };
      const api = run("next api", "api", { PORT: String(port) });
      await api.current().waitForLine(/Muster is ready at/, { timeoutMs: timing.healWithinMs });
      const nextWorker = run("next worker", "worker", { MUSTER_WORKER_PORT: "0", LOG_LEVEL: "info" });
      await nextWorker.current().waitForLine(/the worker is ready/, { timeoutMs: timing.healWithinMs });
      // A second customer who talks to the next version only; both workers serve both.
      const origins = [`http://127.0.0.1:${port}`];
      const gateway = { origin: origins[0] ?? "", apiKey: stage.apiKey };
      const tokens = `/api/v1/tenants/${customer.tenantId}/directories/${customer.directoryId}/tokens`;
      const { bearerToken } = await callAdmin(gateway, "POST", tokens, {});
      const endpointUrl = `${stage.origins[0]}/scim/v2/${customer.directoryId}`;
      const byNext = createDriver({ endpointUrl, bearerToken, origins });
      await Promise.all([customer.driver.createMany("this", 60), byNext.createMany("next", 60)]);
      await customer.driver.setActive("this-1", false).catch(() => undefined);
      await byNext.setTitle("next-1", "Baker");
      const wanted = 20 + 60 + 60;
      await waitFor(async () => (await customer.status()).settled && customer.app.counts().users >= wanted - 1, {
        timeoutMs: timing.healWithinMs,
        what: "everybody to be pushed",
      });
      // The old worker alone, and then the new one alone, goes on with what both have left.
      await nextWorker.retire("SIGKILL");
      await customer.driver.setTitle("old-1", "Cook");
      await waitFor(() => customer.app.user("old-1")?.raw["title"] === "Cook", {
        timeoutMs: timing.healWithinMs,
        what: "the old worker to serve what the new one left",
      });

      expect([...customer.driver.troubles, ...byNext.troubles]).toEqual([]);
      expect(customer.app.duplicates()).toEqual([]);
      expect(customer.app.user("next-1")?.raw["title"]).toBe("Baker");
      expect([worker.starts(), api.starts(), ...stage.apis.map((one) => one.starts())]).toEqual([1, 1, 1]);
    } finally {
      await Promise.all(newer.map((process) => process.retire("SIGKILL")));
      await stage.close();
      await next.remove();
    }
  });

  it("F38, I10: what was said before the deploy may be said again after it", async () => {
    const stage = await openStage({ backend: "redis" });
    try {
      const customer = await stage.onboard();
      stage.startWorker();
      await customer.driver.createMany("user", 20);
      await customer.expectHealed();
      await stage.killWorkers();
      stage.startWorker();
      await expectRepeatsChangeNothing(customer);
    } finally {
      await stage.close();
    }
  });
});
