import { readFile, writeFile } from "node:fs/promises";

export type MemoryMb = { resident: number; peak: number };

/** What a process has resident, and the most that it had since its start or `forgetPeak`. */
export async function memoryMb(pid: number): Promise<MemoryMb> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1_024;
  return { resident: read("VmRSS"), peak: read("VmHWM") };
}

/** Has the peak counted anew from now. */
export async function forgetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, "5");
}
