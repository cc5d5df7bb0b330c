import { applyBatch } from "@muster/directory";
import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { stuckLanes } from "./invariants.ts";
import { type Customer, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

describe("schedulers that go round at once", () => {
  let stage: Stage;
  const customers: Customer[] = [];
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres" });
  });
  afterAll(() => stage.close());
  const count = async (text: string): Promise<number> =>
    (await stage.db.pool.query<{ n: number }>(`select count(*)::int as n from ${text}`)).rows[0]?.n ?? 0;

  it("F58: four workers that start together begin, end, delete and tell each thing once", async () => {
    stage.startWorker();
    for (let made = 0; made < 4; made += 1) customers.push(await stage.onboard());
    await Promise.all(customers.map(({ driver }) => driver.createMany("user", 6)));
    await Promise.all(customers.map((customer) => customer.expectHealed()));
    for (const { tenantId, directoryId, driver } of customers) {
      const id = driver.accepted.get("user-5")?.id ?? "";
      // A removal that waits for approval, and somebody deleted so long ago that nothing is kept.
      const scope = { tenantId, directoryId, actor: "import" };
      await applyBatch({ db: stage.db }, scope, { people: [], removals: [id], complete: false });
      await driver.send("DELETE", `/Users/${driver.accepted.get("user-0")?.id}`);
    }
    await waitFor(async () => (await count("holds")) === 4 && (await gone()), {
      timeoutMs: timing.healWithinMs,
      what: "the holds, and the deleted to be out",
    });
    await allSettled();
    await stage.killWorkers();
    await makeEverythingDue(stage);

    const workers = [1, 2, 3, 4].map(() => stage.startWorker());
    await waitFor(
      async () =>
        (await count("comparisons where state = 'done'")) === 4 &&
        (await count("holds where state = 'expired'")) === 4 &&
        (await count("users where deleted_at is not null")) === 0 &&
        (await count("notices where kind like 'token.%'")) === 4,
      { timeoutMs: timing.healWithinMs, what: "everything that is due" },
    );
    // Who is active is still so: nobody approved anything.
    await allSettled();
    const pages = customers.map(
      ({ app }) => app.ledger().filter((entry) => entry.query.startsWith("startIndex=")).length,
    );

    await waitFor(async () => (await stuckLanes(stage.db)).length === 0, {
      timeoutMs: timing.healWithinMs,
      what: "every due lane to be claimed",
    });

    expect(await count("comparisons")).toBe(4);
    expect(pages).toEqual([1, 1, 1, 1]);
    expect(await count("audit where action = 'hold.expire'")).toBe(4);
    expect(await count("audit where action = 'user.purge'")).toBe(4);
    expect(await count("notices where kind like 'token.%'")).toBe(4);
    expect(customers.map(({ app }) => app.user("user-5")?.active)).toEqual([true, true, true, true]);
    expect(workers.map((worker) => worker.starts())).toEqual([1, 1, 1, 1]);
  });

  const allSettled = () =>
    waitFor(async () => (await Promise.all(customers.map(({ status }) => status()))).every((one) => one.settled), {
      timeoutMs: timing.healWithinMs,
      what: "all lanes to be settled",
    });
  const gone = async () => customers.every(({ app }) => app.user("user-0")?.active !== true);
});

async function makeEverythingDue({ db }: Stage): Promise<void> {
  const statements = [
    "update lanes set compare_at = now(), hold_expires_at = now()",
    "update holds set expires_at = now() where state = 'held'",
    "update users set deleted_at = now() - interval '400 days' where deleted_at is not null",
    "update directory_tokens set expires_at = now() + interval '5 days'",
  ];
  for (const statement of statements) await db.pool.query(statement);
}
