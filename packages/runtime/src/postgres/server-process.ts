import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { readPostmasterFile, stopServer } from "./orphan-server.ts";
import type { RunAs } from "./run-as.ts";
import { serverEnvironment } from "./server-environment.ts";

export type ServerInput = {
  postgres: string;
  cluster: string;
  port: number;
  runAs: RunAs;
  /** Whether what is committed must outlive the machine's end, not only the server's. */
  isDurable: boolean;
  onLine(line: string): void;
};

export type ServerProcess = {
  pid: number;
  /** Settles when the server has ended, however. */
  exited: Promise<void>;
  stop(): Promise<void>;
};

/** The server ended before it took connections; `lastLines` is what it said. */
export class ServerStartError extends Error {
  override name = "ServerStartError";
  readonly lastLines: string;
  constructor(message: string, lastLines: string) {
    super(`${message}${lastLines === "" ? "" : `:\n${lastLines}`}`);
    this.lastLines = lastLines;
  }
}

const POLL_EVERY_MS = 20;
// Recovery after a crash replays at most max_wal_size; five minutes allow for a very slow disk.
const READY_WITHIN_MS = 300_000;
const KEPT_LINES = 20;

/**
 * Starts the server and waits until it takes connections.
 *
 * @throws {ServerStartError} when it ends first, or is not ready within five minutes
 */
export async function startServerProcess(input: ServerInput): Promise<ServerProcess> {
  const [command = "", ...args] = [...input.runAs.prefix, input.postgres, ...serverOptions(input)];
  // Apart from our process group: Ctrl-C must reach the gateway first, which stops the server when it has finished.
  const child = spawn(command, args, {
    env: serverEnvironment(),
    cwd: "/",
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const lastLines: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    lastLines.push(line);
    lastLines.splice(0, lastLines.length - KEPT_LINES);
    input.onLine(line);
  });
  let hasExited = false;
  const exited = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      lastLines.push(error.message);
      hasExited = true;
      resolve();
    });
    child.once("close", () => {
      hasExited = true;
      resolve();
    });
  });

  const stopAtExit = (): void => void child.kill("SIGINT");
  process.on("exit", stopAtExit);
  void exited.then(() => process.off("exit", stopAtExit));

  const stop = (): Promise<void> =>
    stopServer({
      send: (signal) => child.kill(signal),
      hasExited: (timeoutMs) => settlesWithin(exited, timeoutMs),
    });

  for (let waitedMs = 0; waitedMs < READY_WITHIN_MS; waitedMs += POLL_EVERY_MS) {
    if (hasExited) {
      throw new ServerStartError("the embedded Postgres did not start", lastLines.join("\n"));
    }
    const file = await readPostmasterFile(input.cluster);
    if (child.pid !== undefined && file?.pid === child.pid && file.status === "ready") {
      return { pid: child.pid, exited, stop };
    }
    await sleep(POLL_EVERY_MS);
  }
  await stop();
  throw new ServerStartError("the embedded Postgres was not ready in time", lastLines.join("\n"));
}

function serverOptions(input: ServerInput): string[] {
  const durably = input.isDurable ? "on" : "off";
  const settings: Record<string, string | number> = {
    listen_addresses: "127.0.0.1",
    port: input.port,
    // No socket file: its path would be longer than the system allows in a deep data folder.
    unix_socket_directories: "",
    max_connections: 100,
    shared_buffers: "128MB",
    fsync: durably,
    synchronous_commit: "on",
    full_page_writes: durably,
    password_encryption: "scram-sha-256",
    timezone: "UTC",
    log_timezone: "UTC",
    // A failed statement and its detail would put people's names into the log: keep to the server's own events.
    log_min_messages: "log",
    log_min_error_statement: "panic",
    log_error_verbosity: "terse",
    log_checkpoints: "off",
  };
  return ["-D", input.cluster, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
}

async function settlesWithin(promise: Promise<void>, timeoutMs: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(timeoutMs, false, { signal: timer.signal }).catch(() => false);
  const settled = await Promise.race([promise.then(() => true), late]);
  timer.abort();
  return settled;
}
