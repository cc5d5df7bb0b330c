import { applyBatch } from "@muster/directory";
import { describeWithRedis, waitFor } from "@muster/testkit";
import { expect, it, vi } from "vitest";
import { memoryMb } from "./process-memory.ts";
import { type Customer, callAdmin, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: 3 * timing.testTimeoutMs });

/** A hundred thousand at the published times; what shows the same order within a minute otherwise. */
const PEOPLE = timing.isPublished ? 100_000 : 12_000;
const SMALL_TENANTS = timing.isPublished ? 50 : 20;
/** An idle worker has about 130 MB; a million rows of a tenant must not be in it. */
const MOST_MEMORY_MB = 500;

describeWithRedis("a large tenant beside many small ones", () => {
  it("F39, I13: while it imports and while it is looked at anew, no small tenant waits for its backlog, and memory is bounded", async () => {
    const stage = await openStage({ backend: "redis" });
    try {
      const large = await stage.onboard({
        app: { ledger: { keep: "counts" }, faults: [{ kind: "latency", latencyMs: 20 }] },
        settings: { maxInFlight: 4 },
      });
      const small: Customer[] = [];
      for (let made = 0; made < SMALL_TENANTS; made += 1) small.push(await stage.onboard());
      await importPeople(stage, large);
      const worker = stage.startWorker();
      const waves = [];
      for (const wave of ["imports", "is looked at anew"]) {
        const before = large.app.counts().total;
        await waitFor(() => large.app.counts().total > before + 50, {
          timeoutMs: timing.healWithinMs,
          what: "the large tenant to be at it",
        });
        await Promise.all(small.map(({ driver }) => driver.create(wave)));
        await waitFor(() => small.every(({ app }) => app.user(wave) !== undefined), {
          timeoutMs: timing.healWithinMs,
          everyMs: 20,
          what: "the small tenants to be served",
        });
        waves.push({
          wave,
          doneByThen: large.app.counts().users,
          memoryMb: (await memoryMb(worker.current().pid)).peak,
        });
        // Everybody of the large tenant is looked at again; who is new still comes.
        await callAdmin(
          { origin: stage.origins[0] ?? "", apiKey: stage.apiKey },
          "PATCH",
          `/api/v1/connections/${large.connectionId}`,
          { settings: { maxInFlight: 3 } },
        );
      }
      await Promise.all(small.map((customer) => customer.expectHealed()));

      for (const { doneByThen, memoryMb } of waves) {
        expect(doneByThen).toBeLessThan(PEOPLE / 2);
        expect(memoryMb).toBeLessThan(MOST_MEMORY_MB);
      }
      expect(large.app.duplicates()).toEqual([]);
      expect([worker, ...stage.apis].map((one) => one.starts())).toEqual([1, 1]);
    } finally {
      await stage.close();
    }
  });
});

async function importPeople(stage: Stage, { tenantId, directoryId }: Customer): Promise<void> {
  const people = Array.from({ length: PEOPLE }, (_, n) => ({
    userName: `large-${n}`,
    externalId: `source-${n}`,
    active: true,
    attributes: {},
  }));
  const scope = { tenantId, directoryId, actor: "import" };
  await applyBatch({ db: stage.db }, scope, { people, removals: [], complete: true });
}
