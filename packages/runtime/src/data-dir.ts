import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";

export type DataDirLock = {
  /** Gives the folder free; safe to call twice. */
  close(): Promise<void>;
};

/** A second start on a folder whose owner lives. */
export class DataDirInUseError extends Error {
  override name = "DataDirInUseError";
}

/**
 * Takes the data folder for this process, creating it with mode 0700, until `close()` or the end of the process.
 *
 * The lock is the operating system's own file lock (Node reaches it through SQLite): the kernel drops it when its owner
 * dies by whatever cause, so a dead owner needs no takeover protocol, process ids that come again after a reboot or in
 * another container cannot deceive it, and two starts at the same moment cannot both win. `owner.json` beside it only
 * says who.
 *
 * @throws {DataDirInUseError} naming the owner's pid and start time
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  const folder = resolve(dataDir);
  const ownerPath = join(folder, "owner.json");
  await mkdir(folder, { recursive: true, mode: 0o700 });

  const release = acquireFileLock(join(folder, "owner.lock"));
  if (release === null) {
    throw new DataDirInUseError(
      `MUSTER_DATA_DIR ${folder} is in use by ${await describeOwner(ownerPath)}. ` +
        "Stop that process first, or start with another MUSTER_DATA_DIR",
    );
  }

  const startedAt = new Date(Date.now() - process.uptime() * 1000).toISOString();
  try {
    await writeFile(ownerPath, `${JSON.stringify({ pid: process.pid, startedAt })}\n`, { mode: 0o600 });
  } catch (cause) {
    release();
    throw cause;
  }

  // The listener also keeps the lock reachable: a collected handle would silently give the folder free.
  process.on("exit", release);
  return {
    close: () => {
      process.off("exit", release);
      release();
      return Promise.resolve();
    },
  };
}

function acquireFileLock(path: string): (() => void) | null {
  const file = new DatabaseSync(path, { timeout: 0 });
  try {
    // In memory, so that no journal file is left beside it.
    file.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    file.close();
    if (isBusy(error)) {
      return null;
    }
    throw new Error(`cannot lock ${path}: the folder must be on a file system with working locks`, { cause: error });
  }
  return () => {
    if (file.isOpen) {
      file.close();
    }
  };
}

// SQLITE_BUSY, https://sqlite.org/rescode.html#busy
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === 5;
}

async function describeOwner(ownerPath: string): Promise<string> {
  try {
    const owner: unknown = JSON.parse(await readFile(ownerPath, "utf8"));
    if (typeof owner === "object" && owner !== null && "pid" in owner && "startedAt" in owner) {
      return `process ${owner.pid} started ${owner.startedAt}`;
    }
  } catch {
    // The owner has the lock but has not yet written who it is.
  }
  return "another process";
}
