import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

// Before `npm start`: builds the portal unless what is built came from these very sources. Needs no network.

const root = path.join(import.meta.dirname, "../../..");
const portal = path.join(root, "apps/portal");
const stamp = path.join(portal, "dist/.built-from");
const vite = path.join(root, "node_modules/vite/bin/vite.js");

const wanted = digestOf(sources());
const built = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
if (built !== wanted) build();

function sources(): string[] {
  const own = readdirSync(portal, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !/^(dist|node_modules|\.turbo)\b/.test(path.relative(portal, file)));
  // What the libraries are, beside what is made with them.
  return [...own.sort(), path.join(root, "package-lock.json")].filter((file) => existsSync(file));
}

function digestOf(files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${path.relative(root, file)}\0`).update(readFileSync(file));
  return hash.digest("hex");
}

function build(): void {
  if (!existsSync(vite)) {
    // An install without development packages: whoever made it built the portal, or does without.
    process.stderr.write("The portal is not built from these sources, and what builds it is not installed: npm ci\n");
    return;
  }
  process.stdout.write("Building the portal, this once\n");
  const { status } = spawnSync(process.execPath, [vite, "build", "--logLevel", "warn"], {
    cwd: portal,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, wanted);
}
