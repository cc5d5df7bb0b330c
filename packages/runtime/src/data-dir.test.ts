import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataDirInUseError, lockDataDir } from "./data-dir.ts";

const holderScript = join(import.meta.dirname, "data-dir.fixture.ts");

describe("lockDataDir", () => {
  let root: string;
  let holders: ChildProcess[];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "muster-lock-"));
    holders = [];
  });

  afterEach(async () => {
    for (const holder of holders) {
      holder.kill("SIGKILL");
    }
    await rm(root, { recursive: true, force: true });
  });

  function holdInAnotherProcess(dataDir: string): { child: ChildProcess; firstLine: Promise<string> } {
    const child = spawn(process.execPath, [holderScript, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
    holders.push(child);
    const firstLine = once(child.stdout, "data").then(([chunk]) => String(chunk).trim());
    return { child, firstLine };
  }

  it("creates the folder for its owner only", async () => {
    const dataDir = join(root, "deep", "data");

    const lock = await lockDataDir(dataDir);

    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    await lock.close();
  });

  it("refuses a second start by name while the owner lives", async () => {
    const { child, firstLine } = holdInAnotherProcess(root);
    expect(await firstLine).toBe("locked");

    const second = lockDataDir(root);

    await expect(second).rejects.toThrow(DataDirInUseError);
    await expect(second).rejects.toThrow(`MUSTER_DATA_DIR ${root} is in use by process ${child.pid} started 20`);
  });

  it("takes over from an owner that was killed with -9", async () => {
    const { child, firstLine } = holdInAnotherProcess(root);
    await firstLine;
    child.kill("SIGKILL");
    await once(child, "exit");

    const lock = await lockDataDir(root);

    await expect(lockDataDir(root)).rejects.toThrow(`process ${process.pid} `);
    await lock.close();
  });

  it("can be taken again after close, also by another process", async () => {
    const lock = await lockDataDir(root);
    await lock.close();
    await lock.close();

    expect(await holdInAnotherProcess(root).firstLine).toBe("locked");
  });

  it("lets exactly one of several simultaneous starts win over a dead owner", async () => {
    const dead = holdInAnotherProcess(root);
    await dead.firstLine;
    dead.child.kill("SIGKILL");
    await once(dead.child, "exit");

    const lines = await Promise.all([1, 2, 3, 4].map(() => holdInAnotherProcess(root).firstLine));

    expect(lines.toSorted()).toEqual(["DataDirInUseError", "DataDirInUseError", "DataDirInUseError", "locked"]);
  });
});
