import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { waitUntil } from "./wait-until.ts";

export type Gateway = { url: string; apiKey: string; stop(): Promise<void> };

export type StartGatewayInput = {
  /** `host:port` that the gateway may call although it is not public https. */
  egressAllow: string;
  /** Environment handed on as it is. */
  passedOn: Readonly<Record<string, string>>;
  signal: AbortSignal;
  /** Default: the gateway of this repository. */
  script?: string;
};

const SCRIPT = fileURLToPath(new URL("../../../gateway/src/main.ts", import.meta.url));
const READY_LINE = /Muster is ready at (https?:\/\/[^\s"\\]+)/;
/** A first start unpacks and initialises a database; on a slow disk that takes its time. */
const READY_TIMEOUT_MS = 50_000;
/** A worker may take 20 s to finish what is in flight. */
const STOP_TIMEOUT_MS = 25_000;
const LAST_WORDS_MS = 500;
const KEPT_LINES = 40;

/**
 * Starts the gateway as a child process on a free port and a temporary data folder, and waits until it can serve.
 * Whatever happens, `stop`, or a failed start, ends the process and removes the folder.
 *
 * @throws {Error} with the gateway's last lines when it ends early or does not get ready
 */
export async function startGateway(input: StartGatewayInput): Promise<Gateway> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "muster-demo-"));
  const apiKey = randomBytes(32).toString("base64url");
  const child = spawn(process.execPath, [input.script ?? SCRIPT], {
    // A group of its own: Ctrl-C reaches the demo alone, which then stops the gateway in good order.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...input.passedOn,
      PORT: "0",
      HOST: "127.0.0.1",
      MUSTER_WORKER_PORT: "0",
      MUSTER_DATA_DIR: dataDir,
      MUSTER_BOOTSTRAP_API_KEY: apiKey,
      MUSTER_EGRESS_ALLOW: input.egressAllow,
      MUSTER_DEV: "1",
    },
  });
  const output = followOutput(child);
  const stop = async (): Promise<void> => {
    await stopChild(child);
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    const timing = { timeoutMs: READY_TIMEOUT_MS, signal: input.signal };
    await waitUntil("the gateway prints its address", () => missingLine(output), timing);
    const url = (output.url ?? "").replace(/\/+$/, "");
    await waitUntil("the gateway is ready", () => output.ended ?? notReady(url), timing);
    if (output.ended !== undefined) throw new Error(output.ended);
    return { url, apiKey, stop };
  } catch (error) {
    await stop();
    if (input.signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the gateway did not start: ${reason}\n${output.lines.join("\n")}`, { cause: error });
  }
}

/** Answers why a gateway cannot serve yet, or undefined when it can. */
export async function notReady(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/readyz`);
    await response.body?.cancel();
    return response.ok ? undefined : `${url}/readyz answers ${response.status}`;
  } catch (error) {
    return `${url}/readyz cannot be reached: ${error instanceof Error ? error.message : String(error)}`;
  }
}

type Output = { url: string | undefined; lines: string[]; ended: string | undefined };

function missingLine(output: Output): string | undefined {
  if (output.ended !== undefined) throw new Error(output.ended);
  return output.url === undefined ? "no such line so far" : undefined;
}

function followOutput(child: ChildProcess): Output {
  const output: Output = { url: undefined, lines: [], ended: undefined };
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      output.url ??= READY_LINE.exec(line)?.[1];
      output.lines.push(line);
      if (output.lines.length > KEPT_LINES) output.lines.shift();
    });
  }
  child.once("error", (error) => {
    output.ended = `it could not be run: ${error.message}`;
  });
  child.once("exit", (code, signal) => {
    const ended = (): void => {
      output.ended ??= `it ended with ${signal ?? `code ${code}`}`;
    };
    // Its last words may still be in the pipe, and a process it left behind may keep the pipe open.
    child.once("close", ended);
    setTimeout(ended, LAST_WORDS_MS).unref();
  });
  return output;
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  if (child.exitCode === null && child.signalCode === null) {
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGTERM");
    const timer = setTimeout(() => killGroup(child), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }
  // A database that outlived its gateway would keep the folder busy.
  killGroup(child);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // ESRCH: nobody of the group is left, which is how it should be.
  }
}
