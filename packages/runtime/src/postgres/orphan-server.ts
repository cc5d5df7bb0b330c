import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** What `postmaster.pid` says; `status` is `ready` once the server takes connections. */
export type PostmasterFile = { pid: number; port: number; status: string };

const POLL_EVERY_MS = 20;
// A fast shutdown writes one checkpoint; a disk that needs longer than this gets the abrupt kind, which loses nothing.
const FAST_SHUTDOWN_MS = 20_000;
const ABRUPT_SHUTDOWN_MS = 5_000;

/** Reads `postmaster.pid` of a cluster; null when there is none or it is being written. */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | null> {
  let lines: string[];
  try {
    lines = (await readFile(join(cluster, "postmaster.pid"), "utf8")).split("\n");
  } catch {
    return null;
  }
  const pid = Number(lines[0]);
  return pid > 0 ? { pid, port: Number(lines[3] ?? 0), status: (lines[7] ?? "").trim() } : null;
}

/**
 * Stops the server that a dead owner left behind on this cluster, and removes a `postmaster.pid` whose number now belongs
 * to some other program (Postgres would take that for a live server). The caller must hold the lock of the folder.
 */
export async function stopOrphanServer(cluster: string): Promise<{ kind: "none" } | { kind: "stopped"; pid: number }> {
  const file = await readPostmasterFile(cluster);
  if (file === null || !isAlive(file.pid)) {
    return { kind: "none" };
  }
  if (!(await commandLine(file.pid)).includes(cluster)) {
    await rm(join(cluster, "postmaster.pid"), { force: true });
    return { kind: "none" };
  }
  await stopServer({
    send: (signal) => isAlive(file.pid) && process.kill(file.pid, signal),
    hasExited: (timeoutMs) => waitUntilGone(cluster, file.pid, timeoutMs),
  });
  return { kind: "stopped", pid: file.pid };
}

/** Stops a server: fast, then abrupt, then by force. */
export async function stopServer(server: {
  send(signal: NodeJS.Signals): void;
  hasExited(timeoutMs: number): Promise<boolean>;
}): Promise<void> {
  server.send("SIGINT");
  if (await server.hasExited(FAST_SHUTDOWN_MS)) {
    return;
  }
  server.send("SIGQUIT");
  if (await server.hasExited(ABRUPT_SHUTDOWN_MS)) {
    return;
  }
  server.send("SIGKILL");
  await server.hasExited(ABRUPT_SHUTDOWN_MS);
}

// A server removes its file as its last act; where nobody reaps the orphan its number lives on.
async function waitUntilGone(cluster: string, pid: number, timeoutMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += POLL_EVERY_MS) {
    if (!isAlive(pid) || (await readPostmasterFile(cluster)) === null) {
      return true;
    }
    await sleep(POLL_EVERY_MS);
  }
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

async function commandLine(pid: number): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    // Not Linux.
    return new Promise((resolve) => {
      execFile("ps", ["-ww", "-o", "args=", "-p", String(pid)], (_error, stdout) => resolve(stdout));
    });
  }
}
