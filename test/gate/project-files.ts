import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export type Manifest = {
  name: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  overrides?: Record<string, unknown>;
  allowScripts?: Record<string, boolean>;
};

export type LockEntry = {
  version?: string;
  resolved?: string;
  integrity?: string;
  license?: string;
  link?: boolean;
  dev?: boolean;
  hasInstallScript?: boolean;
  optionalDependencies?: Record<string, string>;
};

export function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

export function readManifest(path: string): Manifest {
  return JSON.parse(readText(path)) as Manifest;
}

/** Reads the root's package.json and that of each workspace. */
export function readManifests(): Manifest[] {
  const workspaces = ["apps", "packages"].flatMap((floor) =>
    readdirSync(join(root, floor), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${floor}/${entry.name}/package.json`),
  );
  return ["package.json", ...workspaces].map(readManifest);
}

/** Reads the lock: the installed place (`node_modules/a/node_modules/b`) to its entry. */
export function readLock(): [place: string, entry: LockEntry][] {
  const { packages } = JSON.parse(readText("package-lock.json")) as { packages: Record<string, LockEntry> };
  return Object.entries(packages);
}

/** The package name at the end of an installed place. */
export function nameAt(place: string): string {
  return place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
}
