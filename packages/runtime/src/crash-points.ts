const POINT = /^([a-z][a-z0-9.-]*):([1-9][0-9]{0,8})(?:=block-([1-9][0-9]{0,5}))?$/;

/** Called by name at a place where a fault test may want the process to die. */
export type CrashPoints = (name: string) => void;

/**
 * Makes the crash points of a fault test: "name:n" kills this process with SIGKILL on the nth pass of `point(name)`;
 * several are separated by commas. "name:n=block-10000" does not kill, but lets nothing run for so many milliseconds. Without a spec every point does nothing.
 *
 * @throws {Error} if the spec is malformed, so that a fault test cannot pass by never crashing
 */
export function createCrashPoints(spec: string | undefined, kill: () => void = killThisProcess): CrashPoints {
  if (spec === undefined || spec === "") {
    return () => undefined;
  }
  const points = parseSpec(spec);
  return (name) => {
    const point = points.get(name);
    if (point === undefined) {
      return;
    }
    point.passesLeft -= 1;
    if (point.passesLeft !== 0) {
      return;
    }
    if (point.blockMs === undefined) {
      kill();
    } else {
      blockThread(point.blockMs);
    }
  };
}

type Point = { passesLeft: number; blockMs: number | undefined };

function parseSpec(spec: string): Map<string, Point> {
  const points = new Map<string, Point>();
  for (const part of spec.split(",")) {
    const [, name, passes, blockMs] = POINT.exec(part.trim()) ?? [];
    if (name === undefined || passes === undefined) {
      throw new Error(`crash point ${JSON.stringify(part)} is not of the form name:n, as in after-commit:1`);
    }
    points.set(name, { passesLeft: Number(passes), blockMs: blockMs === undefined ? undefined : Number(blockMs) });
  }
  return points;
}

function killThisProcess(): void {
  process.kill(process.pid, "SIGKILL");
  // The signal may be taken by another thread a moment later; nothing after the crash point may run in between.
  blockThread(10_000);
}

function blockThread(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
