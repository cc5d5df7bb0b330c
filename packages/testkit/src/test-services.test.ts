import { existsSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { type SpawnedProcess, spawnProcess } from "./spawn-process.ts";
import { startTestServices } from "./test-services.ts";
import { waitFor } from "./wait-for.ts";

describe("startTestServices", { timeout: 60_000 }, () => {
  function hold(manner: "exit" | "stay"): SpawnedProcess {
    const script = join(import.meta.dirname, "..", "fixtures", "hold-services.ts");
    return spawnProcess({ script, args: [manner], name: "test services" });
  }

  async function canConnect(connectionString: string): Promise<boolean> {
    const client = new pg.Client({ connectionString });
    client.on("error", () => undefined);
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end();
    }
  }

  it("leaves neither server nor folder when the run is ended without a tear-down", async () => {
    const run = hold("exit");
    const [, folder = ""] = await run.waitForLine(/^folder (.+)$/, { timeoutMs: 30_000 });
    const [, url = ""] = await run.waitForLine(/^postgres (.+)$/);
    await run.exited;

    expect(existsSync(folder)).toBe(false);
    await waitFor(async () => !(await canConnect(url)), { timeoutMs: 10_000, what: "Postgres to end" });
  });

  it("sweeps away what a run killed with -9 left, but not a run that lives", async () => {
    const [killed, living] = [hold("stay"), hold("stay")];
    const [, abandoned = ""] = await killed.waitForLine(/^folder (.+)$/, { timeoutMs: 30_000 });
    const [, inUse = ""] = await living.waitForLine(/^folder (.+)$/, { timeoutMs: 30_000 });
    const [, url = ""] = await living.waitForLine(/^postgres (.+)$/);
    await killed.kill("SIGKILL");

    const next = await startTestServices({
      env: { DATABASE_URL: url, REDIS_URL: "redis://unused" },
      log: () => undefined,
    });

    expect(existsSync(abandoned)).toBe(false);
    expect(existsSync(inUse)).toBe(true);
    await next.close();
    await living.kill("SIGTERM");
    expect(existsSync(inUse)).toBe(false);
  });
});
