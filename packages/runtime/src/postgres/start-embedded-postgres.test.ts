import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DataDirInUseError } from "../data-dir.ts";
import { readPostmasterFile, stopOrphanServer } from "./orphan-server.ts";
import { startEmbeddedPostgres } from "./start-embedded-postgres.ts";

const holderScript = join(import.meta.dirname, "fixtures", "hold-postgres.ts");

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe("startEmbeddedPostgres", { timeout: 60_000 }, () => {
  let dataDir: string;
  let closers: (() => unknown)[];

  beforeEach(async () => {
    // mkdtemp makes folders of mode 0700: as root this is the hard case already.
    dataDir = await realpath(await mkdtemp(join(tmpdir(), "muster-postgres-")));
    closers = [];
  });

  afterEach(async () => {
    for (const close of closers.toReversed()) {
      await close();
    }
    // A killed owner leaves its server, which would go on writing into the folder while that is removed.
    await stopOrphanServer(join(dataDir, "postgres", "data"));
    await rm(dataDir, { recursive: true, force: true });
  });

  async function start(
    input: { port?: number; isDisposable?: boolean } = {},
  ): Promise<{ url: string; close(): Promise<void> }> {
    const postgres = await startEmbeddedPostgres({ dataDir, ...input });
    closers.push(postgres.close);
    return postgres;
  }

  async function startInAnotherProcess(): Promise<{ child: ChildProcess; url: string }> {
    const child = spawn(process.execPath, [holderScript, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(child, "exit");
    closers.push(() => {
      child.kill("SIGKILL");
      return exited;
    });
    const [line] = await once(child.stdout, "data");
    return { child, url: String(line).trim() };
  }

  it("is a durable server that listens on loopback only and asks for a password kept in a private file", async () => {
    const { url } = await start();

    const settings = await query(
      url,
      "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'listen_addresses', 'max_connections') ORDER BY name",
    );
    expect(settings.map((row) => row["setting"])).toEqual(["on", "127.0.0.1", "100"]);
    const wrong = new URL(url);
    wrong.password = "guess";
    await expect(query(wrong.href, "SELECT 1")).rejects.toThrow("password authentication failed");
    const password = join(dataDir, "postgres", "password");
    expect((await stat(password)).mode & 0o777).toBe(0o600);
    expect(new URL(url).password).toBe((await readFile(password, "utf8")).trim());
  });

  it("flushes nothing to the disk when its data are thrown away with it", async () => {
    const { url } = await start({ isDisposable: true });

    const settings = await query(
      url,
      "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes')",
    );
    expect(settings.map((row) => row["setting"])).toEqual(["off", "off"]);
  });

  it("keeps rows, port and password over a restart", async () => {
    const first = await start();
    await query(first.url, "CREATE TABLE kept AS SELECT 42 AS answer");
    await first.close();

    const second = await start();

    expect(second.url).toBe(first.url);
    expect(await query(second.url, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  });

  it("takes another port when a stranger sits on the remembered one", async () => {
    const first = await start();
    await first.close();
    const stranger = createServer().listen(Number(new URL(first.url).port), "127.0.0.1");
    closers.push(() => stranger.close());
    await once(stranger, "listening");

    const second = await start();

    expect(new URL(second.url).port).not.toBe(new URL(first.url).port);
    expect(await query(second.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("refuses a second start by name, and leaves the first one's server alone", async () => {
    const { child, url } = await startInAnotherProcess();

    const second = startEmbeddedPostgres({ dataDir });

    await expect(second).rejects.toThrow(DataDirInUseError);
    await expect(second).rejects.toThrow(`in use by process ${child.pid} started`);
    expect(await query(url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("after kill -9 of the owner the next start stops the orphaned server and keeps the rows", async () => {
    const { child, url } = await startInAnotherProcess();
    await query(url, "CREATE TABLE kept AS SELECT 42 AS answer");
    const orphan = await readPostmasterFile(join(dataDir, "postgres", "data"));
    child.kill("SIGKILL");
    await once(child, "exit");

    const next = await start();

    expect(next.url).toBe(url);
    expect(await query(next.url, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
    expect((await readPostmasterFile(join(dataDir, "postgres", "data")))?.pid).not.toBe(orphan?.pid);
  });

  it("after kill -9 of owner and server alike the next start recovers what was committed", async () => {
    const { child, url } = await startInAnotherProcess();
    await query(url, "CREATE TABLE kept AS SELECT 42 AS answer");
    const server = await readPostmasterFile(join(dataDir, "postgres", "data"));
    child.kill("SIGKILL");
    process.kill(server?.pid ?? 0, "SIGKILL");
    await once(child, "exit");

    const next = await start();

    expect(await query(next.url, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  });

  it("brings a killed server back on the same address", async () => {
    const { url } = await start();
    await query(url, "CREATE TABLE kept AS SELECT 42 AS answer");
    const before = await readPostmasterFile(join(dataDir, "postgres", "data"));
    process.kill(before?.pid ?? 0, "SIGKILL");

    await vi.waitFor(
      async () => {
        expect(await query(url, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
        expect((await readPostmasterFile(join(dataDir, "postgres", "data")))?.pid).not.toBe(before?.pid);
      },
      { timeout: 30_000, interval: 50 },
    );
  });

  it("is not deceived by a server file whose number belongs to another program", async () => {
    const first = await start();
    const cluster = join(dataDir, "postgres", "data");
    const left = await readFile(join(cluster, "postmaster.pid"), "utf8");
    await first.close();
    const stranger = spawn(process.execPath, ["-e", "setInterval(() => undefined, 60_000)"], { stdio: "ignore" });
    closers.push(() => stranger.kill("SIGKILL"));
    await writeFile(join(cluster, "postmaster.pid"), left.replace(/^\d+/, String(stranger.pid)));

    const second = await start();

    expect(await query(second.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null]);
  });

  it("starts over when an earlier first start was cut short", async () => {
    await mkdir(join(dataDir, "postgres", "data.new"), { recursive: true, mode: 0o700 });
    await writeFile(join(dataDir, "postgres", "data.new", "PG_VERSION"), "18\n");

    const { url } = await start();

    expect(await query(url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("lets exactly one of two simultaneous first starts win", async () => {
    const outcomes = await Promise.allSettled([start(), start()]);

    expect(outcomes.map((outcome) => outcome.status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });

  it("has stopped the server once close has returned", async () => {
    const { url, close } = await start();

    await close();

    await expect(query(url, "SELECT 1")).rejects.toThrow("ECONNREFUSED");
    expect(await readPostmasterFile(join(dataDir, "postgres", "data"))).toBeNull();
  });
});
