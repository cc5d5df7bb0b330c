import { execFileSync } from "node:child_process";
import { chown, cp, mkdir, mkdtemp, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createCluster } from "./create-cluster.ts";
import { freePort } from "./free-port.ts";
import { findPostgresBinaries } from "./postgres-binaries.ts";
import { chooseRunAs, type RunAs } from "./run-as.ts";
import { startServerProcess } from "./server-process.ts";

const isRoot = process.getuid?.() === 0;
const DAEMON = { uid: 1, gid: 1 };

describe("chooseRunAs", { timeout: 60_000 }, () => {
  let root: string;
  let folder: string;
  let programs: string;
  let binaries: { postgres: string; initdb: string };

  // Programs and data both below folders of mode 0700, as in a clone made in `mktemp -d`.
  beforeAll(async () => {
    programs = await mkdtemp(join(tmpdir(), "muster-programs-"));
    const native = dirname(dirname((await findPostgresBinaries()).postgres));
    await cp(native, programs, { recursive: true, verbatimSymlinks: true });
    binaries = { postgres: join(programs, "bin", "postgres"), initdb: join(programs, "bin", "initdb") };
  });

  afterAll(() => rm(programs, { recursive: true, force: true }));

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "muster-run-as-"));
    folder = join(root, "data", "postgres");
    await mkdir(folder, { recursive: true, mode: 0o700 });
  });

  afterEach(() => rm(root, { recursive: true, force: true }));

  async function pathWithOnly(commands: string[]): Promise<string> {
    const bin = join(root, "bin");
    await mkdir(bin);
    for (const command of commands) {
      await symlink(execFileSync("which", [command], { encoding: "utf8" }).trim(), join(bin, command));
    }
    return bin;
  }

  async function serveOneQuery(runAs: RunAs): Promise<unknown> {
    const { cluster, password } = await createCluster({
      folder,
      binaries,
      runAs,
      makePassword: () => "a-test-password",
    });
    const port = await freePort();
    const server = await startServerProcess({
      ...binaries,
      cluster,
      port,
      runAs,
      isDurable: true,
      onLine: () => undefined,
    });
    const client = new pg.Client({ host: "127.0.0.1", port, user: "muster", password, database: "muster" });
    try {
      await client.connect();
      return (await client.query("SELECT current_user")).rows[0];
    } finally {
      await client.end();
      await server.stop();
    }
  }

  it.runIf(isRoot)("as root runs in a user namespace, with programs and data below folders of mode 0700", async () => {
    const runAs = await chooseRunAs({ folder, postgres: binaries.postgres });

    expect(runAs.name).toBe("user-namespace");
    expect(await serveOneQuery(runAs)).toEqual({ current_user: "muster" });
    expect((await stat(root)).mode & 0o777).toBe(0o700);
    expect((await stat(folder)).uid).toBe(0);
  });

  it.runIf(isRoot)("as root serves a folder that belongs to a plain user as that user", async () => {
    await chown(folder, DAEMON.uid, DAEMON.gid);

    const runAs = await chooseRunAs({ folder, postgres: binaries.postgres });

    expect(runAs.name).toBe("plain-user");
    expect(await serveOneQuery(runAs)).toEqual({ current_user: "muster" });
    expect((await stat(join(folder, "data"))).uid).toBe(DAEMON.uid);
    expect((await stat(root)).mode & 0o777).toBe(0o700);
    expect((await stat(join(root, "data"))).uid).toBe(0);
  });

  it.runIf(isRoot)(
    "as root gives the folder, and nothing above it, to a plain user where there are no namespaces",
    async () => {
      const searchPath = await pathWithOnly(["sh", "id", "rm", "setpriv"]);

      const runAs = await chooseRunAs({ folder, postgres: binaries.postgres, searchPath });

      expect(runAs.name).toBe("plain-user");
      expect(await serveOneQuery(runAs)).toEqual({ current_user: "muster" });
      expect((await stat(folder)).uid).not.toBe(0);
      expect((await stat(join(root, "data"))).uid).toBe(0);
    },
  );

  it("names the folder and DATABASE_URL when no way works", async () => {
    const attempt = chooseRunAs({ folder, postgres: join(root, "missing", "postgres") });

    await expect(attempt).rejects.toThrow(folder);
    await expect(attempt).rejects.toThrow("DATABASE_URL");
  });
});
