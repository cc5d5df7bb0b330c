import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { spawnDyingChild } from "./dying-child.ts";
import { waitFor } from "./wait-for.ts";

export type ProcessExit = { code: number | null; signal: NodeJS.Signals | null };

export type SpawnedProcess = {
  readonly pid: number;
  /** Lines of standard output so far. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** Waits for a line of standard output that matches; ten seconds unless told otherwise. Looks at earlier lines too. */
  waitForLine(pattern: RegExp, options?: { timeoutMs?: number }): Promise<RegExpExecArray>;
  /** Sends the signal and waits for the end; SIGSTOP and SIGCONT only send. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  readonly exited: Promise<ProcessExit>;
};

const LINE_TIMEOUT_MS = 10_000;
const SHOWN_LINES = 20;

/**
 * Runs a script of the project on the Node that runs the tests. The child sees `env` and the search path, nothing else of
 * our environment, and is killed at the latest when the test file ends.
 */
export function spawnProcess(input: {
  script: string;
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  name: string;
}): SpawnedProcess {
  const child = spawnDyingChild(process.execPath, [input.script, ...(input.args ?? [])], {
    env: { PATH: process.env["PATH"], ...input.env },
    cwd: input.cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stdout = collectLines(child.stdout);
  const stderr = collectLines(child.stderr);
  let exit: ProcessExit | null = null;
  const exited = new Promise<ProcessExit>((resolve) => {
    const settle = (code: number | null, signal: NodeJS.Signals | null): void => {
      exit = { code, signal };
      resolve(exit);
    };
    child.once("close", settle);
    child.once("error", () => settle(null, null));
  });

  const describeOutput = (): string => [...stdout.slice(-SHOWN_LINES), ...stderr.slice(-SHOWN_LINES)].join("\n");
  const findLine = (pattern: RegExp): RegExpExecArray | null => {
    for (const line of stdout) {
      const match = pattern.exec(line);
      if (match !== null) {
        return match;
      }
    }
    return null;
  };

  return {
    pid: child.pid ?? 0,
    stdout,
    stderr,
    exited,
    kill: async (signal = "SIGTERM") => {
      child.kill(signal);
      if (signal !== "SIGSTOP" && signal !== "SIGCONT") {
        await exited;
      }
    },
    waitForLine: async (pattern, { timeoutMs = LINE_TIMEOUT_MS } = {}) => {
      const found = await waitFor(() => findLine(pattern) ?? exit, {
        timeoutMs,
        what: `${input.name} to print ${pattern}`,
      }).catch((cause: unknown) => {
        throw new Error(`${String(cause)}\n${describeOutput()}`, { cause });
      });
      if (!Array.isArray(found)) {
        throw new Error(
          `${input.name} ended (${found.code ?? found.signal}) before it printed ${pattern}\n${describeOutput()}`,
        );
      }
      return found;
    },
  };
}

function collectLines(stream: Readable | null): string[] {
  const lines: string[] = [];
  if (stream !== null) {
    createInterface({ input: stream }).on("line", (line) => lines.push(line));
  }
  return lines;
}
