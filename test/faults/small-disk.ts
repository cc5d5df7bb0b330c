import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { mkdtemp, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of its own that can be filled to the last byte. */
export type SmallDisk = {
  readonly folder: string;
  fill(): Promise<void>;
  /** Gives back the space that `fill` took. */
  makeRoom(): Promise<void>;
  close(): Promise<void>;
};

/** What the tests of full disks need. */
export const MOUNTS = {
  name: "right to mount",
  isHere: canMount(),
  cure: "run the tests as root",
  setting: "no variable",
};

/** Mounts a small file system in memory; to be closed after whoever writes there. */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), "muster-disk-"));
  mount(folder, megabytes);
  const filler = join(folder, "filler");
  return {
    folder,
    async fill() {
      const { bavail, bsize } = await statfs(folder);
      await writeFile(filler, Buffer.alloc(bavail * bsize, 1));
    },
    makeRoom: () => rm(filler, { force: true }),
    async close() {
      unmount(folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function mount(folder: string, megabytes: number): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0700`, "tmpfs", folder], { stdio: "ignore" });
}

function unmount(folder: string): void {
  execFileSync("umount", [folder], { stdio: "ignore" });
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "muster-disk-"));
  try {
    mount(folder, 1);
    unmount(folder);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
