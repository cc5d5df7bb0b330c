import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A SCIM server that others wrote, in a process of its own. */
export type ForeignServer = {
  baseUrl: string;
  address: string;
  token: string;
  close(): Promise<void>;
};

/** How to start one; it prints "listening on PORT", and takes its token from SCIM_TOKEN. */
export type Launch = { command: string; args: readonly string[]; path: string };

const TOKEN = "a-token-of-the-test";

/** Starts a server on a free loopback port and waits until it listens. */
export async function startServer({ command, args, path }: Launch): Promise<ForeignServer> {
  const child = spawn(command, args, {
    cwd: import.meta.dirname,
    env: { PATH: process.env["PATH"], PYTHONDONTWRITEBYTECODE: "1", SCIM_TOKEN: TOKEN },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const complaints: string[] = [];
  child.stderr.on("data", (chunk) => complaints.push(String(chunk)));
  const ended = once(child, "exit");
  for await (const line of createInterface(child.stdout)) {
    const port = /^listening on (\d+)$/.exec(line)?.[1];
    if (port === undefined) continue;
    child.stdout.resume();
    return {
      baseUrl: `http://127.0.0.1:${port}${path}`,
      address: `127.0.0.1:${port}`,
      token: TOKEN,
      async close() {
        child.kill("SIGKILL");
        await ended;
      },
    };
  }
  throw new Error(`${command} ended before it listened: ${complaints.join("")}`);
}
