import { startTestServices } from "@muster/testkit";
import type { TestProject } from "vitest/node";

const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Starts what the tests need, once per run, and gives vitest the function that stops it. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const { services, close } = await startTestServices({
    env: process.env,
    processes: project.globalConfig.maxWorkers,
    log: (line) => process.stderr.write(`\n${line}\n`),
  });
  project.provide("musterServices", services);
  for (const signal of ENDING_SIGNALS) {
    process.once(signal, () => void close().finally(() => process.exit(1)));
  }
  return close;
}
