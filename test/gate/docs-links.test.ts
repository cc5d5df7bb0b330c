import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";

const ROOT = path.join(import.meta.dirname, "..", "..");

async function markdownFiles(): Promise<string[]> {
  const below = await readdir(path.join(ROOT, "docs"), { recursive: true });
  return [
    "README.md",
    "ARCHITECTURE.md",
    "STYLE.md",
    "SECURITY.md",
    "CHANGELOG.md",
    ...below.map((file) => path.join("docs", file)),
  ].filter((file) => file.endsWith(".md"));
}

it("links from the documents only to files that exist", async () => {
  const broken: string[] = [];
  for (const file of await markdownFiles()) {
    const text = await readFile(path.join(ROOT, file), "utf8");
    for (const [, target = ""] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const exists = await stat(path.join(ROOT, path.dirname(file), target)).then(
        () => true,
        () => false,
      );
      if (!exists) broken.push(`${file}: ${target}`);
    }
  }

  expect(broken).toEqual([]);
});

it("names only tests and source files that exist, in the architecture page and the decisions", async () => {
  const missing: string[] = [];
  const all = new Set(
    (await readdir(ROOT, { recursive: true }))
      .filter((file) => !file.includes("node_modules"))
      .map((file) => path.basename(file)),
  );
  for (const file of await markdownFiles()) {
    const text = await readFile(path.join(ROOT, file), "utf8");
    for (const [, name = ""] of text.matchAll(/`(?:[\w/-]*\/)?([\w.-]+\.ts)`/g))
      if (!all.has(name)) missing.push(`${file}: ${name}`);
  }

  expect(missing).toEqual([]);
});
