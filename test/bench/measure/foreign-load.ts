import { readdir, readFile } from "node:fs/promises";
import { type ProcessTimes, readProcess, TICKS_PER_SECOND } from "./cpu-seconds.ts";

export type ForeignLoad = {
  /** Cores that processes other than ours kept busy since; null where there is no /proc. */
  cores(): Promise<number | null>;
};

/** Watches what the rest of the machine does, because on a shared one it decides how fast we look. */
export async function watchForeignLoad(): Promise<ForeignLoad> {
  const startedAtMs = performance.now();
  const before = await foreignSeconds();
  return {
    async cores() {
      const after = await foreignSeconds();
      if (before === null || after === null) return null;
      return Math.max(0, ((after - before) * 1_000) / (performance.now() - startedAtMs));
    },
  };
}

async function foreignSeconds(): Promise<number | null> {
  const line = await readFile("/proc/stat", "latin1").catch(() => null);
  if (line === null) return null;
  // proc(5): user, nice, system, then idle and iowait, which are not busy, then irq, softirq and what other guests stole.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] =
    line.split("\n", 1)[0]?.split(/ +/).slice(1).map(Number) ?? [];
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND - (await ownSeconds());
}

/** CPU of this process and all below it, those that ended included: their parents keep their sums. */
async function ownSeconds(): Promise<number> {
  const pids = (await readdir("/proc")).map(Number).filter(Number.isInteger);
  const found = (await Promise.all(pids.map(readProcess))).filter((times) => times !== null);
  const below = new Map<number, ProcessTimes[]>();
  for (const times of found) below.set(times.parent, [...(below.get(times.parent) ?? []), times]);
  const sum = (times: ProcessTimes): number =>
    (below.get(times.pid) ?? []).reduce(
      (total, child) => total + sum(child),
      times.ownSeconds + times.endedChildrenSeconds,
    );
  const self = found.find((times) => times.pid === process.pid);
  return self === undefined ? 0 : sum(self);
}
