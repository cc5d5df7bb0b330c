import { spawn } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { copyTree } from "./copy-tree.ts";
import type { SeededFault } from "./seeded-fault.ts";
import { SEEDED_FAULTS } from "./seeded-faults.ts";

// Breaks a copy of the project in one place after the other and runs the test that should notice; then all of these
// tests once on the whole copy. Exits 0 only if every break was noticed and the whole copy is green. Arguments: ids.

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

type Verdict = "red" | "green" | "not run";

/** Runs the tests of one file, or of several, whose titles hold what is named. */
async function runTests(
  folder: string,
  tests: readonly SeededFault["test"][],
  env: Readonly<Record<string, string>> = {},
): Promise<{ verdict: Verdict; output: string }> {
  const report = path.join(folder, "seeded-report.json");
  await rm(report, { force: true });
  const names = [...new Set(tests.map((one) => one.name.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")))];
  const child = spawn(
    process.execPath,
    [
      path.join(folder, "node_modules/vitest/vitest.mjs"),
      "run",
      ...new Set(tests.map((one) => one.file)),
      "-t",
      names.join("|"),
      "--reporter=json",
      `--outputFile=${report}`,
    ],
    { cwd: folder, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece: Buffer) => (output += piece.toString()));
  await new Promise((resolve) => child.once("close", resolve));
  const text = await readFile(report, "utf8").catch(() => "{}");
  const { numFailedTests = 0, numPassedTests = 0, success = false, testResults = [] } = JSON.parse(text);
  if (numFailedTests > 0) return { verdict: "red", output: failures(testResults) };
  // A file that cannot even be loaded has noticed nothing.
  if (numPassedTests === 0 || success !== true) return { verdict: "not run", output: output + text };
  return { verdict: "green", output };
}

type FileResult = { assertionResults: { title: string; status: string; failureMessages: string[] }[] };

function failures(files: readonly FileResult[]): string {
  const failed = files.flatMap((file) => file.assertionResults.filter((result) => result.status === "failed"));
  return failed.map((result) => `${result.title}: ${result.failureMessages.join(" ").slice(0, 600)}`).join("\n");
}

async function tryFault(
  folder: string,
  fault: SeededFault,
): Promise<{ verdict: Verdict | "not found"; output: string }> {
  const file = path.join(folder, fault.file);
  const whole = await readFile(file, "utf8");
  const found = whole.split(fault.find).length - 1;
  if (found !== 1)
    return { verdict: "not found", output: `${fault.file} has ${found} places that read: ${fault.find}` };
  await writeFile(
    file,
    whole.replace(fault.find, () => fault.replace),
  );
  try {
    return await runTests(folder, [fault.test], { MUSTER_FAULTS: "impatient" });
  } finally {
    await writeFile(file, whole);
  }
}

const ids = process.argv.slice(2);
const chosen = SEEDED_FAULTS.filter((fault) => ids.length === 0 || ids.includes(fault.id));
const copy = await copyTree(ROOT);
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, () => void copy.remove().finally(() => process.exit(1)));
let isAsItShould = chosen.length > 0;

const row = (id: string, verdict: string, seconds: string, text: string) =>
  console.log(`${id.padEnd(20)} ${verdict.padEnd(10)} ${seconds.padStart(5)}  ${text}`);
const timed = async <T>(work: () => Promise<T>): Promise<{ seconds: string; done: T }> => {
  const startedAtMs = performance.now();
  const done = await work();
  return { seconds: `${Math.round((performance.now() - startedAtMs) / 1_000)} s`, done };
};

row("taken out", "test is", "", "guard, and the test that must be red without it");
try {
  for (const fault of chosen) {
    const { seconds, done } = await timed(() => tryFault(copy.folder, fault));
    row(fault.id, done.verdict, seconds, `${fault.what}: ${fault.test.file} > ${fault.test.name}`);
    if (done.verdict === "red") continue;
    isAsItShould = false;
    console.log(done.output.slice(-4_000));
  }
  const { seconds, done } = await timed(() =>
    runTests(
      copy.folder,
      chosen.map((fault) => fault.test),
    ),
  );
  row("(nothing)", done.verdict, seconds, "all of these tests, on the whole copy");
  if (done.verdict !== "green") {
    isAsItShould = false;
    console.log(done.output.slice(-8_000));
  }
} finally {
  await copy.remove();
}
process.exitCode = isAsItShould ? 0 : 1;
