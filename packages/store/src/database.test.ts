import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { uuidV7 } from "@muster/runtime";
import { createTestDatabase } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, inSystem, inTenant, openDatabase, StoreUnavailable } from "./database.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Database;
const tenantA = uuidV7();
const tenantB = uuidV7();

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, maxConnections: 2, applicationName: "test" });
  for (const tenantId of [tenantA, tenantB]) {
    await inTenant(db, tenantId, (tx) =>
      tx.run(
        tx.sql
          .insertInto("directories")
          .values({ tenant_id: tenantId, id: uuidV7(), provider: "generic", name: tenantId }),
      ),
    );
  }
});
afterAll(async () => {
  await db.close();
  await database.close();
});

/** Every row of a table that lets itself be seen, without any predicate: only the wall filters. */
const directoryNames = (scope: string | null) =>
  (scope === null ? inSystem(db, read) : inTenant(db, scope, read)).then((rows) => rows.map((row) => row.name));
const read = (tx: Parameters<Parameters<typeof inTenant>[2]>[0]) =>
  tx.run(tx.sql.selectFrom("directories").select("name"));

describe("tenant scope", () => {
  it("V05: shows one tenant's rows only, even to a statement that names no tenant", async () => {
    expect(await directoryNames(tenantA)).toEqual([tenantA]);
    expect(await directoryNames(tenantB)).toEqual([tenantB]);
  });

  it("V89: shows nothing without a tenant, also after a transaction that had one left '' behind", async () => {
    await directoryNames(tenantA);

    expect(await directoryNames(null)).toEqual([]);
  });

  it("V05: refuses to write another tenant's row", async () => {
    const write = inTenant(db, tenantA, (tx) =>
      tx.run(
        tx.sql.insertInto("directories").values({ tenant_id: tenantB, id: uuidV7(), provider: "generic", name: "x" }),
      ),
    );

    await expect(write).rejects.toThrow(/row-level security/);
  });

  it("V87: never leaks a tenant through a pool of two, with errors in between", async () => {
    const seen = await Promise.all(
      Array.from({ length: 400 }, async (_, index) => {
        const tenantId = index % 2 === 0 ? tenantA : tenantB;
        if (index % 7 === 0)
          await inTenant(db, tenantId, (tx) => tx.named({ name: "fails", text: "select 1 / 0" }, [])).catch(
            () => undefined,
          );
        return { tenantId, names: await directoryNames(tenantId) };
      }),
    );

    expect(seen.filter((one) => one.names.length !== 1 || one.names[0] !== one.tenantId)).toEqual([]);
  });

  it("takes only a uuid as a scope, so that nothing else reaches the statement", async () => {
    await expect(inTenant(db, "x'; drop table users; --", async () => 1)).rejects.toThrow("uuid");
  });
});

describe("connections", () => {
  it("V90: destroys a connection whose backend dies in a transaction and leaves none open", async () => {
    const killed = inTenant(db, tenantA, (tx) =>
      tx.named({ name: "die", text: "select pg_terminate_backend(pg_backend_pid())" }, []),
    );

    await expect(killed).rejects.toThrow();

    expect(await directoryNames(tenantA)).toEqual([tenantA]);
    const stuck = await db.pool.query(
      "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'",
    );
    expect(stuck.rows).toEqual([{ count: 0 }]);
  });

  it("says that the store is away when it is", async () => {
    const away = openDatabase({
      url: "postgres://nobody@127.0.0.1:1/none",
      maxConnections: 1,
      applicationName: "test",
    });

    await expect(inTenant(away, tenantA, async () => 1)).rejects.toBeInstanceOf(StoreUnavailable);
    await away.close();
  });

  it("F19: repeats work that a deadlock undid", async () => {
    let tries = 0;
    const done = await inTenant(db, tenantA, async (tx) => {
      tries += 1;
      if (tries === 1)
        await tx.named(
          { name: "deadlock", text: "do $$ begin raise exception 'x' using errcode = '40P01'; end $$" },
          [],
        );
      return "done";
    });

    expect({ done, tries }).toEqual({ done: "done", tries: 2 });
  });
});

describe("house trap 1", () => {
  it("opens transactions without a tenant in a few named functions only", async () => {
    const src = import.meta.dirname;
    const files = (await readdir(src)).filter((name) => name.endsWith(".ts") && !/^database[.]|[.]test[.]/.test(name));
    const found: string[] = [];
    for (const file of files) {
      const text = await readFile(path.join(src, file), "utf8");
      for (const part of text.split("\nexport async function ").slice(1))
        if (part.includes("inSystem(")) found.push(part.slice(0, part.indexOf("(")).split("<")[0] ?? "");
    }

    expect(found.sort()).toEqual([
      "absorbOwnMarks",
      "claimLane",
      "claimPlanning",
      "claimProbing",
      "claimUndos",
      "countDigestsUnder",
      "ensureApiKey",
      "ensureWorkspace",
      "findAdmission",
      "findApiKey",
      "findDirectoryToken",
      "findLaneTenant",
      "findPortalLink",
      "findPortalPlace",
      "findSession",
      "insertFirstApiKey",
      "insertSignIn",
      "learnRhythms",
      "listDueComparisons",
      "listEventTenants",
      "listKnownDirectories",
      "listLaneAlarms",
      "listLanesWithExpiredHolds",
      "listOverdueApprovals",
      "listSilences",
      "listTenantsWithEndingTokens",
      "noteSession",
      "pageCertificatesNearEnd",
      "pageKeyedTenants",
      "pageLanes",
      "pageWorkspaces",
      "readConnectionHealth",
      "readCredentialEpoch",
      "refuseOtherKey",
      "renewLane",
      "sweepLanes",
      "sweepWebhookLanes",
      "touchCredentials",
      "useSignIn",
    ]);
  });
});
