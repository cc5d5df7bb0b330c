import { fileURLToPath } from "node:url";
import { createTestDatabase, describeWhere, describeWithRedis, spawnProcess, waitFor } from "@muster/testkit";
import { afterEach, expect, it, vi } from "vitest";
import { PGBOUNCER, type PgBouncer, startPgBouncer } from "./pgbouncer.ts";
import { callAdmin, openStage } from "./stage.ts";
import { timing } from "./timing.ts";

vi.setConfig({ testTimeout: timing.testTimeoutMs });

const API = fileURLToPath(new URL("../../apps/api/src/main.ts", import.meta.url));
const IGNORING = "ignore_startup_parameters = statement_timeout, lock_timeout, idle_in_transaction_session_timeout";

describeWhere(PGBOUNCER, "a pooler in transaction mode before Postgres", () => {
  const open: PgBouncer[] = [];
  const closePoolers = () => Promise.all(open.splice(0).map((pooler) => pooler.close()));
  afterEach(closePoolers);
  const pool = async (url: string, extra: readonly string[] = []): Promise<PgBouncer> => {
    const pooler = await startPgBouncer(url, extra);
    open.push(pooler);
    return pooler;
  };

  describeWithRedis("with Redis", () => {
    it("F24: people, groups, roles, leavers, rotation and isolation work, with more clients than sessions", async () => {
      const database = await createTestDatabase();
      const pooler = await pool(database.url);
      const stage = await openStage({
        backend: "redis",
        apis: 2,
        databaseUrl: database.url,
        env: {
          DATABASE_URL: pooler.url,
          MUSTER_DATABASE_POOLER: "1",
          MUSTER_MIGRATION_DATABASE_URL: database.url,
        },
      });
      try {
        const [first, second] = [await stage.onboard(), await stage.onboard()];
        stage.startWorker();
        stage.startWorker();
        await Promise.all([first.driver.createMany("ana", 40), second.driver.createMany("ben", 40)]);
        await Promise.all([first.expectHealed(), second.expectHealed()]);
        const members = [...first.driver.accepted.values()].slice(0, 10).map(({ id }) => ({ value: id }));
        const group = await first.driver.send("POST", "/Groups", {
          schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
          displayName: "Staff",
          members,
        });
        const crowd = Array.from({ length: 12 }, (_, at) => first.driver.setTitle(`ana-${at}`, "Baker"));
        await Promise.all([
          ...crowd,
          first.driver.setActive("ana-39", false),
          second.driver.setActive("ben-39", false),
        ]);
        const alien = [...second.driver.accepted.values()][0]?.id ?? "";
        const foreign = await Promise.all([
          first.driver.send("GET", `/Users/${alien}`),
          first.driver.send("DELETE", `/Users/${alien}`),
        ]);
        await Promise.all([first.expectHealed(), second.expectHealed()]);
        const read = await first.driver.send("GET", `/Groups/${String(group.body["id"])}`);

        expect([group.status, read.status, ...foreign.map((answer) => answer.status)]).toEqual([201, 200, 404, 404]);
        expect(read.body["members"]).toHaveLength(10);
        expect([...first.driver.troubles, ...second.driver.troubles]).toEqual([]);
        expect(await isRevoked(stage, first)).toBe(true);
      } finally {
        await stage.close();
        await closePoolers();
        await database.close();
      }
    });
  });

  it.each([
    ["refuses our parameters", []],
    ["drops our parameters", [IGNORING]],
  ])(
    "F24: a pooler that %s and was not spoken of is refused at the start, with the settings that mend it",
    async (_name, extra) => {
      const database = await createTestDatabase();
      const pooler = await pool(database.url, extra);
      const through = await start({ DATABASE_URL: pooler.url });
      const beside = await start({ DATABASE_URL: pooler.url, MUSTER_MIGRATION_DATABASE_URL: database.url });
      const half = await start({ DATABASE_URL: pooler.url, MUSTER_DATABASE_POOLER: "1" });
      await closePoolers();
      await database.close();

      expect(through).toMatch(/pooler such as PgBouncer.*Set MUSTER_MIGRATION_DATABASE_URL/);
      expect(beside).toMatch(/pooler such as PgBouncer.*Set MUSTER_DATABASE_POOLER=1/);
      expect(half).toMatch(/MUSTER_MIGRATION_DATABASE_URL is not set[\s\S]*REDIS_URL is not set/);
    },
  );
});

/** Starts an api that is expected to refuse, and answers what it printed. */
async function start(env: Record<string, string>): Promise<string> {
  const key = Buffer.alloc(32, 7).toString("base64");
  const api = spawnProcess({
    name: "api",
    script: API,
    env: { MUSTER_DEV: "1", MUSTER_ENCRYPTION_KEY: key, PORT: "0", ...env },
  });
  const exit = await api.exited;
  return `${exit.code === 1 ? "" : `ended with ${exit.code}: `}${[...api.stdout, ...api.stderr].join("\n")}`;
}

type Stage = Awaited<ReturnType<typeof openStage>>;

/** Whether a token that is taken back is refused by every api (nothing correct may depend on LISTEN). */
async function isRevoked(stage: Stage, customer: Awaited<ReturnType<Stage["onboard"]>>): Promise<boolean> {
  const gateway = { origin: stage.origins[0] ?? "", apiKey: stage.apiKey };
  const directories = `/api/v1/tenants/${customer.tenantId}/directories`;
  const [directory] = (await callAdmin(gateway, "GET", directories)).items;
  const tokens = `${directories}/${directory.id}/tokens`;
  for (const { id } of (await callAdmin(gateway, "GET", tokens)).items)
    await callAdmin(gateway, "DELETE", `${tokens}/${id}`);
  const ask = () => Promise.all([1, 2, 3, 4].map(() => customer.driver.send("GET", "/Users?count=1")));
  return await waitFor(async () => (await ask()).every((answer) => answer.status === 401), {
    timeoutMs: timing.healWithinMs,
    what: "the token to be refused everywhere",
  });
}
