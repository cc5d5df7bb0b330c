import { startSampleApp } from "@muster/simulator";
import { describeWithRedis, waitFor } from "@muster/testkit";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createDriver } from "./driver.ts";
import { callAdmin, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: 2 * timing.testTimeoutMs });

const LANES = 1_000;
const PEOPLE_A_LANE = 3;
/** The published bound of a removal, R2. */
const REMOVAL_BOUND_MS = 30_000;

describeWithRedis("a thousand busy lanes", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ backend: "redis" });
  });
  afterAll(() => stage.close());

  it("trap 5, R2: one removal among 1,000 lanes with work is with the app within 30 s", async () => {
    const quiet = await stage.onboard();
    stage.startWorker();
    await quiet.driver.create("leaver");
    await quiet.expectHealed();
    await stage.killWorkers();
    const crowd = await startSampleApp({ faults: [{ kind: "latency", latencyMs: 200 }] });
    await makeLanes(stage, crowd);
    stage.startWorker();
    await waitFor(() => crowd.counts().users > 20, { timeoutMs: timing.healWithinMs, what: "the crowd to go out" });
    await quiet.driver.setActive("leaver", false);
    const acceptedAtMs = Date.now();
    await waitFor(() => quiet.app.user("leaver")?.active === false, {
      timeoutMs: timing.healWithinMs,
      everyMs: 20,
      what: "the leaver to be out",
    });
    const tookMs = Date.now() - acceptedAtMs;
    const { rows } = await stage.db.pool.query<{ busy: number }>(
      "select count(*)::int as busy from lanes where due_at <= now()",
    );
    await stage.killWorkers();
    await crowd.close();

    expect(tookMs).toBeLessThan(REMOVAL_BOUND_MS);
    // Most of the others still waited.
    expect(rows[0]?.busy).toBeGreaterThan(LANES / 2);
  });
});

async function makeLanes(stage: Stage, app: Awaited<ReturnType<typeof startSampleApp>>): Promise<void> {
  const call = (method: string, path: string, body: unknown) =>
    callAdmin({ origin: stage.origins[0] ?? "", apiKey: stage.apiKey }, method, path, body);
  const { id: appId } = await call("POST", "/api/v1/apps", { name: "Crowd" });
  let made = 0;
  const makeLane = async (lane: number): Promise<void> => {
    const tenant = await call("POST", "/api/v1/tenants", { name: `Tenant ${lane}` });
    const directory = await call("POST", `/api/v1/tenants/${tenant.id}/directories`, { provider: "generic" });
    const connection = await call("POST", `/api/v1/tenants/${tenant.id}/connections`, {
      appId,
      directoryId: directory.id,
      target: { kind: "scim", baseUrl: app.baseUrl, auth: app.auth() },
      settings: { maxInFlight: 1 },
    });
    await call("PUT", `/api/v1/connections/${connection.id}/assignments`, { everyone: true });
    await createDriver({ ...directory.scim, origins: stage.origins }).createMany(`busy-${lane}`, PEOPLE_A_LANE, 1);
  };
  const work = async (): Promise<void> => {
    while (made < LANES) await makeLane(made++);
  };
  await Promise.all(Array.from({ length: 16 }, work));
}
