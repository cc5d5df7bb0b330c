import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { spawnProcess } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openStage, type Stage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const MAINS = ["api", "worker"].map((app) => fileURLToPath(new URL(`../../apps/${app}/src/main.ts`, import.meta.url)));

const PRODUCTION = {
  MUSTER_DEV: "",
  MUSTER_PUBLIC_URL: "https://muster.example",
  PORT: "0",
  MUSTER_WORKER_PORT: "0",
  // A worker says so.
  LOG_LEVEL: "info",
};

describe("a key that is missing or wrong", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ backend: "postgres" });
  });
  afterAll(() => stage.close());

  it("F61: api and worker do not start without the right key, say which setting is wrong, and have touched nothing", async () => {
    const customer = await stage.onboard();
    await customer.driver.createMany("user", 5);
    const before = await digestOf(stage);
    const keys = [
      { key: "", says: "MUSTER_ENCRYPTION_KEY is not set" },
      { key: "hunter2", says: "MUSTER_ENCRYPTION_KEY is malformed (not shown)" },
      {
        key: randomBytes(32).toString("base64"),
        says: "MUSTER_ENCRYPTION_KEY is another key than this database was set up with",
      },
    ];
    const starts = MAINS.flatMap((script) => keys.map((wrong) => ({ script, ...wrong })));
    const refused = await Promise.all(
      starts.map(async ({ script, key, says }) => {
        const env = { ...stage.env, ...PRODUCTION, MUSTER_ENCRYPTION_KEY: key };
        const started = spawnProcess({ name: "refused", script, env });
        const ready = started.waitForLine(/is ready/, { timeoutMs: timing.healWithinMs });
        const isReady = await ready.then(() => true).catch(() => false);
        // Whoever started after all is ended here.
        await started.kill("SIGKILL");
        const exit = await started.exited;
        const output = [...started.stdout, ...started.stderr].join("\n");
        return { exit, says: output.includes(says), tells: key !== "" && output.includes(key), isReady };
      }),
    );
    const sent = customer.app.ledger();
    const after = await digestOf(stage);
    stage.startWorker();
    await customer.expectHealed();

    expect(refused).toEqual(
      starts.map(() => ({ exit: { code: 1, signal: null }, says: true, tells: false, isReady: false })),
    );
    expect(sent).toEqual([]);
    expect(after).toEqual(before);
  });
});

/** What a start with the wrong key would have changed: keys, tokens, and what waits to be sent. */
async function digestOf({ db }: Stage): Promise<unknown> {
  const { rows } = await db.pool.query(
    `select (select md5(string_agg(k::text, ' ' order by public_id)) from (select public_id, digest, pepper_id, revoked_at from api_keys) k) as keys,
      (select md5(string_agg(t::text, ' ' order by public_id)) from (select public_id, digest, pepper_id, revoked_at from directory_tokens) t) as tokens,
      (select md5(string_agg(l::text, ' ' order by connection_id)) from lanes l) as lanes,
      (select count(*)::int from workspaces) as workspaces`,
  );
  return rows;
}
