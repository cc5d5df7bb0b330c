const POINT = /^([a-z][a-z0-9.-]*):([1-9][0-9]{0,8})$/;

/** Called by name at a place where a fault test may want the process to die. */
export type CrashPoints = (name: string) => void;

/**
 * Makes the crash points of a fault test: "name:n" kills this process with SIGKILL on the nth pass of `point(name)`;
 * several are separated by commas. Without a spec every point does nothing.
 *
 * @throws {Error} if the spec is malformed, so that a fault test cannot pass by never crashing
 */
export function createCrashPoints(spec: string | undefined, kill: () => void = killThisProcess): CrashPoints {
  if (spec === undefined || spec === "") {
    return () => undefined;
  }
  const passesLeft = parseSpec(spec);
  return (name) => {
    const left = passesLeft.get(name);
    if (left === undefined) {
      return;
    }
    passesLeft.set(name, left - 1);
    if (left === 1) {
      kill();
    }
  };
}

function parseSpec(spec: string): Map<string, number> {
  const passesLeft = new Map<string, number>();
  for (const part of spec.split(",")) {
    const [, name, passes] = POINT.exec(part.trim()) ?? [];
    if (name === undefined || passes === undefined) {
      throw new Error(`crash point ${JSON.stringify(part)} is not of the form name:n, as in after-commit:1`);
    }
    passesLeft.set(name, Number(passes));
  }
  return passesLeft;
}

function killThisProcess(): void {
  process.kill(process.pid, "SIGKILL");
  // The signal may be taken by another thread a moment later; nothing after the crash point may run in between.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
}
