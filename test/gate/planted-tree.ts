import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { root } from "./project-files.ts";

const planted = join(root, "test/gate/planted");

/** The settings of the real tree, used as they are: a planted file is judged by what judges ours. */
const settings = [
  ".dependency-cruiser.cjs",
  ".gitignore",
  "apps/portal/tsconfig.json",
  "biome.json",
  "eslint.config.js",
  "knip.json",
  "package.json",
  "tsconfig.json",
];

export type PlantedFile = {
  /** Relative to the tree, with forward slashes: `packages/scim/src/looks-at-node.ts`. */
  path: string;
  /** What its first lines claim: `boundaries no-cycle`. Empty for a legal file. */
  claims: string[];
};

/** Lists the planted files with what each claims to violate. */
export function listPlanted(): PlantedFile[] {
  return readdirSync(planted, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => {
      const lines = readFileSync(join(planted, name), "utf8").split("\n");
      const claims = lines.filter((line) => line.startsWith("// red: ")).map((line) => line.slice("// red: ".length));
      if (claims.length === 0 && lines[0] !== "// legal") throw new Error(`${name} claims nothing`);
      return { path: name.split(sep).join("/"), claims };
    })
    .sort((a, b) => a.path.localeCompare(b.path));
}

/**
 * Lays the planted files out as a project of its own below a temporary folder: the real settings, a package.json and a
 * front door for each workspace, and the installed packages by link. Returns its path; the caller removes it.
 */
export function layPlantedTree(): string {
  const tree = mkdtempSync(join(tmpdir(), "muster-planted-"));
  for (const name of settings) cpSync(join(root, name), join(tree, name));
  cpSync(planted, tree, { recursive: true });
  const modules = join(tree, "node_modules");
  mkdirSync(join(modules, "@muster"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name !== "@muster" && name !== ".bin") symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  const workspaces = ["apps", "packages"].flatMap((floor) =>
    readdirSync(join(tree, floor)).map((name) => join(floor, name)),
  );
  const names = workspaces.map((path) => path.split(sep)[1] ?? "");
  for (const [index, path] of workspaces.entries()) {
    const name = names[index] ?? "";
    layWorkspace(join(tree, path), name, names);
    symlinkSync(relative(join(modules, "@muster"), join(tree, path)), join(modules, "@muster", name));
  }
  return tree;
}

function layWorkspace(path: string, name: string, names: string[]): void {
  const dependencies = Object.fromEntries(
    names.filter((other) => other !== name).map((other) => [`@muster/${other}`, "0.1.0"]),
  );
  const manifest = {
    name: `@muster/${name}`,
    version: "0.1.0",
    private: true,
    type: "module",
    exports: "./src/index.ts",
    dependencies,
  };
  mkdirSync(join(path, "src"), { recursive: true });
  writeFileSync(join(path, "package.json"), JSON.stringify(manifest, null, 2));
  writeFileSync(join(path, "src/index.ts"), "export const floor = 1;\n\nexport type Floor = typeof floor;\n");
}

/** Removes a laid tree; a path outside the temporary folder is refused. */
export function removeTree(tree: string): void {
  if (dirname(tree) !== tmpdir()) throw new Error(`not a laid tree: ${tree}`);
  rmSync(tree, { recursive: true });
}
