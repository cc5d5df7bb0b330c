import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { layPlantedTree, listPlanted, removeTree } from "./planted-tree.ts";
import { root } from "./project-files.ts";
import { type Complaint, runStage, type Stage } from "./run-stage.ts";

const planted = listPlanted();
const claimed = new Set(planted.flatMap(({ claims }) => claims));

const require = createRequire(import.meta.url);
const cruiser = require(join(root, ".dependency-cruiser.cjs")) as {
  forbidden: { name: string; severity: string }[];
  options: { exclude: { path: string } };
};

/** The scripts behind `npm run check`, each over the whole tree and with no way to be green on a warning. */
const stageScripts: Record<Stage, string> = {
  lint: "biome check --error-on-warnings .",
  promises: "eslint --max-warnings=0 .",
  types: "tsc --noEmit && tsc --noEmit --project apps/portal",
  boundaries: "depcruise apps packages test",
  "dead-code": "knip --no-config-hints",
};

function readSettings(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(root, name), "utf8")) as Record<string, unknown>;
}

describe("the gate over the planted tree", () => {
  let tree: string;
  beforeAll(() => {
    tree = layPlantedTree();
  });
  afterAll(() => {
    removeTree(tree);
  });

  it.each(Object.keys(stageScripts) as Stage[])(
    "%s names every planted mistake by its rule, and no legal file",
    (stage) => {
      const complaints = runStage(stage, tree, stage === "boundaries" ? ["apps", "packages", "test"] : []);

      expect(unnamed(stage, complaints)).toEqual([]);
      expect(stage === "dead-code" ? [] : againstLegal(complaints)).toEqual([]);
    },
  );
});

function unnamed(stage: Stage, complaints: Complaint[]): string[] {
  const found = new Set(complaints.map(({ path, rule }) => `${path}: ${stage} ${rule}`));
  return planted
    .flatMap(({ path, claims }) =>
      claims.filter((claim) => claim.startsWith(`${stage} `)).map((claim) => `${path}: ${claim}`),
    )
    .filter((expected) => !found.has(expected));
}

function againstLegal(complaints: Complaint[]): Complaint[] {
  const legal = new Set(planted.filter(({ claims }) => claims.length === 0).map(({ path }) => path));
  return complaints.filter(({ path }) => legal.has(path));
}

describe("the gate's settings", () => {
  it("D07: have a planted mistake for every dependency rule, that of the one dialler included, and no rule that only warns", () => {
    expect(cruiser.forbidden.map(({ name }) => `boundaries ${name}`).filter((rule) => !claimed.has(rule))).toEqual([]);
    expect(cruiser.forbidden.filter(({ severity }) => severity !== "error")).toEqual([]);
  });

  it("V47: refuse a pattern that backtracks without bound", () => {
    expect(claimed).toContain("promises regexp/no-super-linear-backtracking");
  });

  it("have a planted mistake for every lint rule that they name", () => {
    const { rules } = readSettings("biome.json")["linter"] as { rules: Record<string, Record<string, unknown>> };
    const named = Object.entries(rules)
      .filter(([group]) => group !== "preset")
      .flatMap(([group, members]) =>
        Object.entries(members)
          .filter(([, level]) => level !== "off")
          .map(([name]) => `lint ${group}/${name}`),
      );

    expect(named.filter((rule) => !claimed.has(rule))).toEqual([]);
  });

  it("leave out the planted folder and nothing else of ours", () => {
    const biome = readSettings("biome.json")["files"] as { includes: string[] };
    const eslint = readFileSync(join(root, "eslint.config.js"), "utf8");

    expect(biome.includes).toEqual(["**", "!test/gate/planted"]);
    expect(readSettings("tsconfig.json")["exclude"]).toEqual(["**/node_modules", "test/gate/planted", "apps/portal"]);
    expect(cruiser.options.exclude).toEqual({ path: "^test/gate/planted/" });
    expect(readSettings("knip.json")["ignore"]).toEqual(["test/gate/planted/**"]);
    expect(eslint.match(/\{ ignores: .*/g)).toEqual(['{ ignores: ["**/node_modules/**", "**/dist/**", planted] },']);
    expect(eslint).toContain('const planted = "test/gate/planted/**";');
  });

  it("run every stage in the one check", () => {
    const { scripts } = readSettings("package.json") as { scripts: Record<string, string> };

    expect(scripts["check"]).toContain(`turbo run ${Object.keys(stageScripts).join(" ")} `);
    expect(scripts).toMatchObject(stageScripts);
    expect(Object.keys(readSettings("turbo.json")["tasks"] as object)).toEqual(
      expect.arrayContaining(Object.keys(stageScripts).map((stage) => `//#${stage}`)),
    );
  });
});
