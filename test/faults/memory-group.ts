import { accessSync, constants, mkdirSync, rmdirSync } from "node:fs";
import { mkdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "@muster/testkit";

/** A group of the kernel whose processes may take little more than they have; who takes more is killed. */
export type MemoryGroup = { close(): Promise<void> };

/** Where groups are and what their limit is called: in the older way of the kernel, and in the newer. */
const PLACES = [
  { folder: "/sys/fs/cgroup/memory", limit: "memory.limit_in_bytes" },
  { folder: "/sys/fs/cgroup", limit: "memory.max" },
];
const place = PLACES.find(mayMake);

/** Whether this machine lets us make such groups. */
export const HAS_MEMORY_GROUPS = place !== undefined;

/** Holds a process to what it has and `roomBytes` more; what it had before is not counted. */
export async function limitMemory(pid: number, roomBytes: number): Promise<MemoryGroup> {
  if (place === undefined) throw new Error("this machine lets nobody limit memory");
  const folder = join(place.folder, `muster-${pid}`);
  await mkdir(folder);
  await writeFile(join(folder, place.limit), String(roomBytes));
  await writeFile(join(folder, "cgroup.procs"), String(pid));
  const remove = () =>
    rmdir(folder).then(
      () => true,
      () => false,
    );
  return { close: async () => void (await waitFor(remove, { timeoutMs: 10_000, what: "the group to be empty" })) };
}

function mayMake({ folder, limit }: (typeof PLACES)[number]): boolean {
  const trial = join(folder, `muster-try-${process.pid}`);
  try {
    mkdirSync(trial);
    try {
      accessSync(join(trial, limit), constants.W_OK);
      return true;
    } finally {
      rmdirSync(trial);
    }
  } catch {
    return false;
  }
}
