import { appendFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

type SkippedSuite = { need: string; cure: string; suite: string };

/** Notes a suite that cannot run here; test files of one run share the file. */
export function noteSkippedSuite(path: string, skipped: SkippedSuite): void {
  appendFileSync(path, `${JSON.stringify(skipped)}\n`);
}

/** What a run says at its end about the suites that were noted: a line for each thing that was not here. */
export async function tellSkippedSuites(path: string): Promise<string[]> {
  const noted = (await readFile(path, "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
  const skipped = noted.map((line) => JSON.parse(line) as SkippedSuite);
  return [...Map.groupBy(skipped, ({ need }) => need)].map(([need, suites]) => {
    const count = suites.length === 1 ? `1 ${need} suite was` : `${suites.length} ${need} suites were`;
    const names = suites.map(({ suite }) => suite).join(", ");
    return `${count} SKIPPED, there is no ${need} here: ${names}. To run them: ${suites[0]?.cure}`;
  });
}
