import { spawn } from "node:child_process";
import { open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { PostgresBinaries } from "./postgres-binaries.ts";
import type { RunAs } from "./run-as.ts";
import { serverEnvironment } from "./server-environment.ts";

export const SUPERUSER = "muster";
export const DATABASE = "muster";

export type ClusterInput = { folder: string; binaries: PostgresBinaries; runAs: RunAs; makePassword(): string };

/**
 * Makes the cluster in `<folder>/data` unless it is there, and returns the superuser's password, kept in a file of mode
 * 0600 beside it. A cluster appears under its name only when it is whole, so a kill half-way leaves nothing to repair.
 */
export async function createCluster(input: ClusterInput): Promise<{ cluster: string; password: string }> {
  const cluster = join(input.folder, "data");
  const passwordPath = join(input.folder, "password");
  if (await exists(cluster)) {
    return { cluster, password: (await readFile(passwordPath, "utf8")).trim() };
  }

  const password = input.makePassword();
  await writeSecret(passwordPath, password, input.runAs);
  const staging = `${cluster}.new`;
  await rm(staging, { recursive: true, force: true });
  await runProgram(input.runAs, [input.binaries.initdb, "-D", staging, ...initdbOptions(passwordPath)]);
  await runProgram(
    input.runAs,
    [input.binaries.postgres, "--single", "-D", staging, "postgres"],
    `CREATE DATABASE ${DATABASE};\n`,
  );
  await rename(staging, cluster);
  await syncFolder(input.folder);
  return { cluster, password };
}

// The built-in locale sorts the same on every machine and cannot change with an update of the C library.
function initdbOptions(passwordPath: string): string[] {
  return [
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordPath}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
  ];
}

async function writeSecret(path: string, secret: string, runAs: RunAs): Promise<void> {
  await rm(path, { force: true });
  await writeFile(path, `${secret}\n`, { mode: 0o600, flag: "wx" });
  if (runAs.owner !== undefined) {
    const file = await open(path);
    await file.chown(runAs.owner.uid, runAs.owner.gid);
    await file.close();
  }
}

async function runProgram(runAs: RunAs, words: string[], stdin = ""): Promise<void> {
  const [command = "", ...args] = [...runAs.prefix, ...words];
  const child = spawn(command, args, { env: serverEnvironment(), cwd: "/", stdio: ["pipe", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  // A program that dies before it has read its input is told by its exit code.
  child.stdin.on("error", () => undefined);
  child.stdin.end(stdin);
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0 || /^(?:.*: )?(?:ERROR|FATAL|PANIC):/m.test(stderr)) {
    throw new Error(`${words[0]} failed: ${(stderr || stdout).trim()}`);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  await handle.sync();
  await handle.close();
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
