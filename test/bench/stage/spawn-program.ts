import { spawn } from "node:child_process";
import { waitFor } from "@muster/testkit";

export type RunningProgram = { pid: number; stop(): Promise<void> };

const READY_WITHIN_MS = 20_000;
const KEPT_CHARACTERS = 2_000;

/**
 * Runs a server until `stop`, at the latest until this process ends.
 *
 * @throws with the program's last words when it ends, or does not get ready in time
 */
export async function spawnProgram(input: {
  command: readonly string[];
  stopSignal: NodeJS.Signals;
  /** Asked until it gives true; it may throw meanwhile. */
  ready(): Promise<boolean>;
  name: string;
}): Promise<RunningProgram> {
  const [program = "", ...args] = input.command;
  // A group of its own: Ctrl-C reaches the benchmark alone, which then stops its servers in good order.
  const child = spawn(program, args, { cwd: "/", stdio: ["ignore", "pipe", "pipe"], detached: true });
  let lastWords = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (lastWords = (lastWords + chunk.toString("utf8")).slice(-KEPT_CHARACTERS)));
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      hasEnded = true;
      resolve();
    };
    child.once("exit", end).once("error", end);
  });
  const killAtExit = (): void => void child.kill(input.stopSignal);
  process.on("exit", killAtExit);
  void ended.then(() => process.off("exit", killAtExit));
  await waitFor(async () => hasEnded || (await input.ready()), {
    timeoutMs: READY_WITHIN_MS,
    what: `${input.name} to start`,
  });
  if (hasEnded) throw new Error(`${input.name} did not start: ${lastWords}`);
  return {
    pid: child.pid ?? 0,
    async stop() {
      child.kill(input.stopSignal);
      await ended;
    },
  };
}
