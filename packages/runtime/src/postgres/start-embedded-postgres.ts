import { randomBytes } from "node:crypto";
import { mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lockDataDir } from "../data-dir.ts";
import type { Logger } from "../logger.ts";
import { createCluster, DATABASE, SUPERUSER } from "./create-cluster.ts";
import { freePort, isPortFree } from "./free-port.ts";
import { stopOrphanServer } from "./orphan-server.ts";
import { findPostgresBinaries } from "./postgres-binaries.ts";
import { chooseRunAs } from "./run-as.ts";
import { type ServerInput, type ServerProcess, ServerStartError, startServerProcess } from "./server-process.ts";

export type EmbeddedPostgres = {
  /** Connection string of the superuser, password included: do not log it. */
  url: string;
  close(): Promise<void>;
};

export type EmbeddedPostgresLogger = Pick<Logger, "debug" | "info" | "warn">;

// Backends of a killed server notice within moments; a start in between is refused and worth repeating.
const CONTENDED_START_MS = 15_000;
const FIRST_RESTART_AFTER_MS = 100;
const LONGEST_RESTART_PAUSE_MS = 5_000;

/**
 * Starts the Postgres that npm brought, on `<dataDir>/postgres`, listening on loopback only, and keeps it running until
 * `close()`: when the server dies it is started again on the same port. A server that a dead process left behind is
 * stopped first.
 *
 * @throws {DataDirInUseError} when a live process uses the folder
 * @throws naming the folder and `DATABASE_URL` when it cannot run here
 */
export async function startEmbeddedPostgres(input: {
  dataDir: string;
  logger?: EmbeddedPostgresLogger;
  /** Without one, the port of the last start, or any free one. */
  port?: number;
  /** For data that are thrown away with the run that made them, such as a test's: nothing is flushed to the disk. */
  isDisposable?: boolean;
}): Promise<EmbeddedPostgres> {
  const requested = join(resolve(input.dataDir), "postgres");
  await mkdir(requested, { recursive: true, mode: 0o700 });
  const folder = await realpath(requested);
  const lock = await lockDataDir(folder);
  try {
    return await startLocked({ ...input, folder, giveFree: () => lock.close() });
  } catch (cause) {
    await lock.close();
    throw cause;
  }
}

async function startLocked(input: {
  folder: string;
  logger?: EmbeddedPostgresLogger;
  port?: number;
  isDisposable?: boolean;
  giveFree(): Promise<void>;
}): Promise<EmbeddedPostgres> {
  const { folder, logger } = input;
  const binaries = await findPostgresBinaries();
  const orphan = await stopOrphanServer(join(folder, "data"));
  if (orphan.kind === "stopped") {
    logger?.warn({ pid: orphan.pid }, "stopped the Postgres that an earlier process left behind");
  }
  const runAs = await chooseRunAs({ folder, postgres: binaries.postgres });
  const makePassword = (): string => randomBytes(24).toString("base64url");
  const { cluster, password } = await createCluster({ folder, binaries, runAs, makePassword });

  const port = input.port ?? (await choosePort(folder));
  const isDurable = input.isDisposable !== true;
  const serverInput = { postgres: binaries.postgres, cluster, port, runAs, isDurable, onLine: forwardTo(logger) };
  const first = await startPatiently(serverInput);
  await writeFile(join(folder, "port"), `${port}\n`);
  logger?.info({ port, pid: first.pid, runAs: runAs.name }, "embedded Postgres is ready");

  const supervisor = keepRunning(first, serverInput, logger);
  return {
    url: `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${DATABASE}`,
    close: async () => {
      await supervisor.close();
      await input.giveFree();
    },
  };
}

async function choosePort(folder: string): Promise<number> {
  const remembered = Number(await readFile(join(folder, "port"), "utf8").catch(() => ""));
  return remembered > 0 && (await isPortFree(remembered)) ? remembered : await freePort();
}

async function startPatiently(serverInput: ServerInput): Promise<ServerProcess> {
  for (let waitedMs = 0; ; waitedMs += FIRST_RESTART_AFTER_MS) {
    try {
      return await startServerProcess(serverInput);
    } catch (error) {
      const isContended = error instanceof ServerStartError && error.lastLines.includes("is still in use");
      if (!isContended || waitedMs >= CONTENDED_START_MS) {
        throw error;
      }
      await sleep(FIRST_RESTART_AFTER_MS);
    }
  }
}

function keepRunning(
  first: ServerProcess,
  serverInput: ServerInput,
  logger: EmbeddedPostgresLogger | undefined,
): { close(): Promise<void> } {
  const closing = new AbortController();
  let current: ServerProcess | null = first;

  const supervise = async (): Promise<void> => {
    let pauseMs = FIRST_RESTART_AFTER_MS;
    while (!closing.signal.aborted) {
      if (current !== null) {
        await current.exited;
        current = null;
        continue;
      }
      logger?.warn({ pauseMs }, "the embedded Postgres ended; starting it again");
      await sleep(pauseMs, undefined, { signal: closing.signal }).catch(() => undefined);
      if (closing.signal.aborted) {
        return;
      }
      current = await startServerProcess(serverInput).catch((error: unknown) => {
        logger?.warn({ error }, "the embedded Postgres did not start again");
        return null;
      });
      pauseMs = current === null ? Math.min(pauseMs * 2, LONGEST_RESTART_PAUSE_MS) : FIRST_RESTART_AFTER_MS;
    }
  };

  const supervised = supervise();
  return {
    close: async () => {
      closing.abort();
      await current?.stop();
      await supervised;
      // A restart may have been under way when the first stop found nothing to stop.
      await current?.stop();
    },
  };
}

function forwardTo(logger: EmbeddedPostgresLogger | undefined): (line: string) => void {
  return (line) => {
    if (/\b(?:FATAL|PANIC):/.test(line)) {
      logger?.warn({ line }, "embedded Postgres");
    } else {
      logger?.debug({ line }, "embedded Postgres");
    }
  };
}
