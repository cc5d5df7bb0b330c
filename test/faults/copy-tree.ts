import { cp, mkdir, mkdtemp, readdir, readlink, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

const LEFT_OUT = new Set(["node_modules", ".git", ".turbo", ".muster", "dist"]);

/**
 * Copies the project to a temporary folder where it can be broken. Installed packages are linked, ours point into the
 * copy. `remove` deletes the copy.
 */
export async function copyTree(root: string): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), "muster-seeded-"));
  await cp(root, folder, { recursive: true, filter: (source) => !LEFT_OUT.has(path.basename(source)) });
  const modules = path.join(folder, "node_modules");
  await mkdir(path.join(modules, "@muster"), { recursive: true });
  for (const name of await readdir(path.join(root, "node_modules"))) {
    // Caches of the tools stay behind, the folder of programs does not.
    const isWanted = name === ".bin" || (name !== "@muster" && !name.startsWith("."));
    if (isWanted) await symlink(path.join(root, "node_modules", name), path.join(modules, name));
  }
  // Links of the workspace are relative, so the same text points into the copy.
  for (const name of await readdir(path.join(root, "node_modules", "@muster")))
    await symlink(
      await readlink(path.join(root, "node_modules", "@muster", name)),
      path.join(modules, "@muster", name),
    );
  for (const group of ["apps", "packages"])
    for (const name of await readdir(path.join(root, group))) {
      const own = path.join(root, group, name, "node_modules");
      if ((await readdir(own).catch(() => [])).length > 0)
        await symlink(own, path.join(folder, group, name, "node_modules"));
    }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
