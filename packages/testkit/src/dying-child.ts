import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Looks a program up on the search path; null when it is not there. */
export function findProgram(name: string): string | null {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/**
 * Spawns a child that does not outlive the tests: it is killed when this process ends, and on Linux also when this
 * process is killed with -9 (the kernel sends the signal; `setpriv` only asks for it and then becomes the program).
 */
export function spawnDyingChild(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const setpriv = process.platform === "linux" ? findProgram("setpriv") : null;
  const child =
    setpriv === null
      ? spawn(command, args, options)
      : spawn(setpriv, ["--pdeathsig", "KILL", "--", command, ...args], options);
  const killAtExit = (): void => void child.kill("SIGKILL");
  process.on("exit", killAtExit);
  child.once("exit", () => process.off("exit", killAtExit));
  return child;
}
