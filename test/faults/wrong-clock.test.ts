import { waitFor } from "@muster/testkit";
import { describe, expect, it, vi } from "vitest";
import { callAdmin, openStage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const SHIM = new URL("shifted-clock.ts", import.meta.url).href;
const HOUR_MS = 3_600_000;
const clock = (shiftMs: number, isStepping = false): Record<string, string> => ({
  NODE_OPTIONS: `--import ${SHIM}?ms=${shiftMs}${isStepping ? "&steps=1" : ""}`,
});

describe("machines whose clocks are wrong", () => {
  it("F33: an hour before, an hour after and stepping: one holder for each lane, nothing doubled, tokens end by the database's time", async () => {
    const stage = await openStage({ backend: "postgres", apiEnv: clock(HOUR_MS) });
    try {
      const customer = await stage.onboard({
        app: { uniqueNames: false, faults: [{ kind: "latency", latencyMs: 30 }] },
        settings: { maxInFlight: 4 },
      });
      const workers = [clock(HOUR_MS), clock(-HOUR_MS), clock(-HOUR_MS, true)].map((env) =>
        stage.startWorker({ env: { ...env, LOG_LEVEL: "info" } }),
      );
      await customer.driver.createMany("user", 200);
      await waitFor(() => customer.app.user("user-0") !== undefined, {
        timeoutMs: timing.healWithinMs,
        what: "the leaver to be in the app",
      });
      await customer.driver.setActive("user-0", false);
      await waitFor(() => customer.app.user("user-0")?.active === false, {
        timeoutMs: timing.healWithinMs,
        what: "the leaver to be out",
      });
      await customer.expectHealed();
      const gateway = { origin: stage.origins[0] ?? "", apiKey: stage.apiKey };
      const tokens = `/api/v1/tenants/${customer.tenantId}/directories/${customer.directoryId}/tokens`;
      const [token] = (await callAdmin(gateway, "GET", tokens)).items;
      const expires = (when: string) =>
        stage.db.pool.query(
          `update directory_tokens set expires_at = now() + interval '${when}' where public_id = $1`,
          [token.id],
        );
      await expires("30 minutes");
      const [inTime] = [await customer.driver.send("GET", "/Users?count=1")];
      await expires("-1 second");
      await stage.db.pool.query("update credential_epoch set epoch = epoch + 1");
      const late = await waitFor(
        async () => {
          const answer = await customer.driver.send("GET", "/Users?count=1");
          return answer.status === 401 && answer;
        },
        { timeoutMs: timing.healWithinMs, what: "the token to have ended" },
      );

      expect(customer.app.ledger().filter((entry) => entry.method === "POST")).toHaveLength(200);
      expect([inTime.status, late.status]).toEqual([200, 401]);
      expect(workers.flatMap((worker) => worker.output()).filter((line) => line.includes("Lost the lane"))).toEqual([]);
      expect(workers.map((worker) => worker.starts())).toEqual([1, 1, 1]);
      // The clocks were wrong indeed: what they printed is dated an hour away.
      expect(workers.slice(0, 2).map((worker) => Math.round(offBy(worker.output()) / HOUR_MS))).toEqual([1, -1]);
    } finally {
      await stage.close();
    }
  });
});

/** How far a worker's first line of log is dated away from now, roughly. */
function offBy(output: readonly string[]): number {
  const line = JSON.parse(output.find((one) => one.startsWith("{")) ?? "{}");
  return new Date(line.time).getTime() - Date.now();
}
