import { readFile } from "node:fs/promises";

/** Linux counts in hundredths of a second, whatever the kernel's own tick is. */
export const TICKS_PER_SECOND = 100;

export type ProcessTimes = { pid: number; parent: number; ownSeconds: number; endedChildrenSeconds: number };

/** What /proc says of a process; null when it is gone, or where there is no /proc. */
export async function readProcess(pid: number): Promise<ProcessTimes | null> {
  const line = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => null);
  if (line === null) return null;
  // proc(5): after the name in brackets come state and parent; utime, stime, cutime and cstime are the 12th to 15th.
  const [, parent = 0, ...rest] = line
    .slice(line.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = rest.slice(9);
  return {
    pid,
    parent,
    ownSeconds: (utime + stime) / TICKS_PER_SECOND,
    endedChildrenSeconds: (cutime + cstime) / TICKS_PER_SECOND,
  };
}

/** Runs `work` and tells how many CPU seconds the process used meanwhile; null where that cannot be read. */
export async function withCpu<T>(
  pid: number,
  work: () => Promise<T>,
): Promise<{ value: T; cpuSeconds: number | null }> {
  const before = await readProcess(pid);
  const value = await work();
  const after = await readProcess(pid);
  return { value, cpuSeconds: before === null || after === null ? null : after.ownSeconds - before.ownSeconds };
}
