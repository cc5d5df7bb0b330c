import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@muster/runtime";
import { findProgram, spawnDyingChild } from "./dying-child.ts";
import { waitFor } from "./wait-for.ts";

export type RedisProcess = {
  readonly url: string;
  readonly port: number;
  /** Kills the server as a power cut would; up to a second of acknowledged writes may be gone. */
  kill9(): Promise<void>;
  /** Stops the server and, if this call made it, removes its folder. */
  stop(): Promise<void>;
  /** Starts the server again, on the same port and files, stopping it first if it runs. */
  restart(): Promise<void>;
  flushAll(): Promise<void>;
  /** Runs one command through the command-line client and gives its raw output. */
  cli(args: readonly string[]): Promise<string>;
};

type RedisPrograms = { server: string; cli: string };

const READY_WITHIN_MS = 10_000;

/** Finds an installed Redis, or its fork Valkey, with its command-line client; null without one. */
export function findRedis(): RedisPrograms | null {
  for (const name of ["redis", "valkey"]) {
    const server = findProgram(`${name}-server`);
    const cli = findProgram(`${name}-cli`);
    if (server !== null && cli !== null) {
      return { server, cli };
    }
  }
  return null;
}

/**
 * Starts a Redis server of its own for a test, set up as production should be (append-only file, no eviction), on
 * loopback.
 *
 * @throws when no Redis is installed
 */
export async function startRedis(input: { dir?: string | undefined; port?: number } = {}): Promise<RedisProcess> {
  const programs = findRedis();
  if (programs === null) {
    throw new Error("no redis-server on the search path: apt-get install redis-server");
  }
  const dir = input.dir ?? (await mkdtemp(join(tmpdir(), "muster-redis-")));
  await mkdir(dir, { recursive: true });
  const port = input.port ?? (await freePort());
  const cli = (args: readonly string[]): Promise<string> => runCli(programs.cli, port, args);

  let server = await startServer({ programs, dir, port, cli });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    server.kill(signal);
    await server.exited;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    cli,
    kill9: () => end("SIGKILL"),
    restart: async () => {
      await end("SIGTERM");
      server = await startServer({ programs, dir, port, cli });
    },
    flushAll: async () => void (await cli(["FLUSHALL"])),
    stop: async () => {
      await end("SIGTERM");
      if (input.dir === undefined) {
        await rm(dir, { recursive: true, force: true });
      }
    },
  };
}

async function startServer(input: {
  programs: RedisPrograms;
  dir: string;
  port: number;
  cli(args: readonly string[]): Promise<string>;
}): Promise<{ kill(signal: NodeJS.Signals): void; exited: Promise<void> }> {
  const options = {
    bind: "127.0.0.1",
    port: String(input.port),
    dir: input.dir,
    appendonly: "yes",
    appendfsync: "everysec",
    "maxmemory-policy": "noeviction",
    logfile: "redis.log",
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  // A group of its own, so that Ctrl-C reaches the tests first.
  const child = spawnDyingChild(input.programs.server, args, { stdio: "ignore", detached: true });
  let hasExited = false;
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => {
      hasExited = true;
      resolve();
    });
  });
  const isUp = async (): Promise<boolean> => hasExited || (await input.cli(["PING"])) === "PONG";
  await waitFor(isUp, { timeoutMs: READY_WITHIN_MS, what: `Redis on port ${input.port}` });
  if (hasExited) {
    throw new Error(`Redis did not start on port ${input.port}: see redis.log in ${input.dir}`);
  }
  return { kill: (signal) => void child.kill(signal), exited };
}

function runCli(program: string, port: number, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, ["-p", String(port), "--raw", ...args], (error, stdout, stderr) => {
      const output = stdout.trim();
      if (error !== null || /^(?:ERR|LOADING|WRONGTYPE|NOAUTH)\b/.test(output)) {
        reject(new Error(`redis-cli ${args.join(" ")}: ${stderr.trim() || output}`, { cause: error }));
      } else {
        resolve(output);
      }
    });
  });
}
