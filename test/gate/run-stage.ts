import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./project-files.ts";

/** The project's own Node, whichever one runs the tests: dependency-cruiser refuses older ones. */
const node = join(root, "node_modules/node/bin/node");

const tools = {
  boundaries: [
    "dependency-cruiser/bin/dependency-cruiser.mjs",
    "--config",
    ".dependency-cruiser.cjs",
    "--output-type",
    "err",
  ],
  promises: ["eslint/bin/eslint.js", "--format", "json", "."],
  lint: ["@biomejs/biome/bin/biome", "check", "--reporter=json", "--max-diagnostics=none", "."],
  types: ["typescript/bin/tsc", "--noEmit", "--pretty", "false"],
  "dead-code": ["knip/bin/knip.js", "--reporter", "json", "--no-progress", "--no-config-hints"],
} as const;

export type Stage = keyof typeof tools;

/** One complaint of a tool: which file, by which rule. */
export type Complaint = { path: string; rule: string };

/** Runs one stage of the gate over `tree` and lists what it complains of. Throws if it does not turn red or cannot be read. */
export function runStage(stage: Stage, tree: string, paths: string[] = []): Complaint[] {
  const [script, ...options] = tools[stage];
  const run = spawnSync(node, [join(root, "node_modules", script), ...options, ...paths], {
    cwd: tree,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, NO_COLOR: "1" },
  });
  if (run.status === 0) throw new Error(`${stage} is green over a tree full of mistakes`);
  try {
    return readers[stage](run.stdout, tree);
  } catch (cause) {
    throw new Error(`${stage} answered nothing readable: ${run.stdout.slice(0, 500)} ${run.stderr.slice(0, 2000)}`, {
      cause,
    });
  }
}

const readers: Record<Stage, (output: string, tree: string) => Complaint[]> = {
  boundaries(output) {
    return [...output.matchAll(/^ +error ([a-z-]+): (\S+) →/gm)].map(([, rule = "", path = ""]) => ({ path, rule }));
  },
  promises(output, tree) {
    const report = JSON.parse(output) as { filePath: string; messages: { ruleId: string | null; message: string }[] }[];
    return report.flatMap(({ filePath, messages }) =>
      messages.map(({ ruleId, message }) => ({
        path: filePath.slice(tree.length + 1),
        rule: ourName(ruleId, message),
      })),
    );
  },
  lint(output) {
    const report = JSON.parse(output) as {
      diagnostics: { category: string; location: { path: string | { file: string } } }[];
    };
    return report.diagnostics.map(({ category, location }) => ({
      path: (typeof location.path === "string" ? location.path : location.path.file).replace(/^\.\//, ""),
      rule: category.replace(/^lint\//, ""),
    }));
  },
  types(output) {
    return [...output.matchAll(/^(.+?)\(\d+,\d+\): error (TS\d+):/gm)].map(([, path = "", rule = ""]) => ({
      path,
      rule,
    }));
  },
  "dead-code"(output) {
    const report = JSON.parse(output) as { issues: ({ file: string } & Record<string, unknown>)[] };
    return report.issues.flatMap(({ file, ...kinds }) =>
      Object.entries(kinds)
        .filter(([, found]) => Array.isArray(found) && found.length > 0)
        .map(([rule]) => ({ path: file, rule })),
    );
  },
};

/** Rules that ESLint calls `no-restricted-*` carry a name of their own at the start of their message. */
function ourName(ruleId: string | null, message: string): string {
  const own = /([a-z]+-[a-z]+): /.exec(message)?.[1];
  return (ruleId?.startsWith("no-restricted-") && own) || (ruleId ?? "broken").replace("@typescript-eslint/", "");
}
