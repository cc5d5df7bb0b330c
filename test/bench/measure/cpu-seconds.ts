import { readFile } from "node:fs/promises";

/** Linux counts in hundredths of a second, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;
// proc(5): after the name in brackets come state, ppid and so on; utime and stime are the 12th and 13th of them.
const UTIME_AT = 11;

/** CPU seconds that a process has used so far, user and system; null where there is no /proc. */
export async function cpuSeconds(pid: number): Promise<number | null> {
  const line = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => null);
  if (line === null) return null;
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[UTIME_AT]) + Number(fields[UTIME_AT + 1])) / TICKS_PER_SECOND;
}

/** Runs `work` and tells how many CPU seconds the process used meanwhile; null where that cannot be read. */
export async function withCpu<T>(pid: number, work: () => Promise<T>): Promise<{ value: T; cpuSeconds: number | null }> {
  const before = await cpuSeconds(pid);
  const value = await work();
  const after = await cpuSeconds(pid);
  return { value, cpuSeconds: before === null || after === null ? null : after - before };
}
