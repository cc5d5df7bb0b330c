import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findProgram } from "./dying-child.ts";
import { providedServices } from "./provided-services.ts";
import { spawnProcess } from "./spawn-process.ts";

const vitestScript = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const suites = join(import.meta.dirname, "..", "fixtures", "redis-suite");

describe("describeWithRedis", { timeout: 60_000 }, () => {
  let emptyPath: string;

  beforeEach(async () => {
    emptyPath = await mkdtemp(join(tmpdir(), "muster-path-"));
    await mkdir(join(emptyPath, "bin"));
    for (const program of ["sh", "ps"]) {
      const path = findProgram(program);
      if (path !== null) {
        await symlink(path, join(emptyPath, "bin", program));
      }
    }
  });

  afterEach(() => rm(emptyPath, { recursive: true, force: true }));

  // A run of the two fixture suites, with the database of this run and no redis-server on the search path.
  async function runSuites(
    env: Record<string, string>,
  ): Promise<{ code: number | null; output: string; last: string }> {
    const run = spawnProcess({
      script: vitestScript,
      // Loaded by Node itself: the other way writes a bundle beside it.
      args: ["run", "--configLoader", "native", "--config", join(suites, "vitest.config.ts")],
      env: {
        PATH: join(emptyPath, "bin"),
        HOME: emptyPath,
        DATABASE_URL: providedServices().databaseUrl,
        NO_COLOR: "1",
        ...env,
      },
      cwd: suites,
      name: "vitest",
    });
    const { code } = await run.exited;
    const output = [...run.stdout, ...run.stderr].join("\n");
    return { code, output, last: run.stderr.filter((line) => line.trim() !== "").at(-1) ?? "" };
  }

  it("skips without a Redis, and names the suites and the cure in the last line", async () => {
    const { code, output, last } = await runSuites({});

    expect(output).toMatch(/1 passed \| 2 skipped/);
    expect(code).toBe(0);
    expect(last).toBe(
      "2 Redis suites were SKIPPED, there is no Redis here: the doorbell, the rate limiter. To run them: apt-get install redis-server",
    );
  });

  it("fails instead under MUSTER_TEST_REQUIRE=all", async () => {
    const { code, output } = await runSuites({ MUSTER_TEST_REQUIRE: "all" });

    expect(output).toMatch(/2 failed \| 1 passed/);
    expect(output).toContain("set REDIS_URL or apt-get install redis-server");
    expect(code).toBe(1);
  });
});
