import { readFile } from "node:fs/promises";

const KILOBYTES_PER_MEGABYTE = 1_024;

/** Megabytes of memory that a process holds (VmRSS of proc(5)); null where there is no /proc. */
export async function residentMegabytes(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, "latin1").catch(() => "");
  const kilobytes = /^VmRSS:\s*(\d+) kB/m.exec(status)?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / KILOBYTES_PER_MEGABYTE;
}
