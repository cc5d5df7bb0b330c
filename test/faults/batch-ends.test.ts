import { fileURLToPath } from "node:url";
import { spawnProcess, waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { ImportInput } from "./import-once.ts";
import { type Customer, callAdmin, openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const IMPORT = fileURLToPath(new URL("import-once.ts", import.meta.url));
/** Three transactions of people, then one of removals. */
const PEOPLE = 1_200;

describe("an import that ends in the middle of a page", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres" });
    stage.startWorker();
  });
  afterAll(() => stage.close());

  async function run(customer: Customer, input: Pick<ImportInput, "removals" | "crash">) {
    const { tenantId, directoryId } = customer;
    const job: ImportInput = {
      databaseUrl: stage.env["DATABASE_URL"] ?? "",
      tenantId,
      directoryId,
      people: PEOPLE,
      ...input,
    };
    const child = spawnProcess({ name: "import", script: IMPORT, args: [JSON.stringify(job)] });
    const exit = await child.exited;
    return { exit, printed: [...child.stdout, ...child.stderr].join("\n") };
  }

  it.each([
    { where: "its second page", crash: "batch-chunk:2", stored: 500 },
    { where: "its removals", crash: "batch-chunk:4", stored: PEOPLE },
  ])("F08: killed in $where, has removed nobody, and its next run completes", async ({ crash, stored }) => {
    const customer = await stage.onboard();
    const { app, driver, connectionId } = customer;
    await driver.createMany("staff", 30);
    await customer.expectHealed();
    const removals = [...driver.accepted.values()].slice(0, 25).map(({ id }) => id);

    const killed = await run(customer, { removals, crash });
    await waitFor(() => app.counts().users === 30 + stored, {
      timeoutMs: timing.healWithinMs,
      what: "the stored page",
    });
    const { rows } = await stage.db.pool.query<{ active: number }>(
      "select count(*)::int as active from users where tenant_id = $1 and active and user_name like 'staff-%'",
      [customer.tenantId],
    );
    const activeAfter = app.users().filter((user) => user.active && user.userName.startsWith("staff-")).length;
    const next = await run(customer, { removals, crash: "" });
    // The cause that nobody closed is judged a minute later; here that minute is over.
    await stage.db.pool.query("update expansions set open_until = now() where connection_id = $1", [connectionId]);
    await waitFor(async () => (await customer.status()).settled && app.counts().users === 30 + PEOPLE, {
      timeoutMs: timing.healWithinMs,
      what: "the next run to be pushed",
    });
    const gateway = { origin: stage.origins[0] ?? "", apiKey: stage.apiKey };
    const holds = await callAdmin(gateway, "GET", `/api/v1/connections/${connectionId}/holds?state=held`);

    expect(killed.exit).toEqual({ code: null, signal: "SIGKILL" });
    expect([rows[0]?.active, activeAfter]).toEqual([30, 30]);
    expect(JSON.parse(next.printed)).toEqual({ created: PEOPLE - stored, updated: 0, deactivated: 25 });
    // 25 of 1,230 are no mass removal: they go, and nothing else does.
    expect(holds.items).toEqual([]);
    expect(app.duplicates()).toEqual([]);
    expect(app.users().filter((user) => !user.active)).toHaveLength(25);
  });
});
