import { type ClosedLoop, runClosedLoop } from "../load/closed-loop.ts";
import { countSuccesses, faultsOf } from "../load/load-result.ts";
import { withCpu } from "../measure/cpu-seconds.ts";
import { median, quantile } from "../measure/numbers.ts";
import type { ApiProcess } from "../stage/api-process.ts";

/** One cell of a table: what a closed loop achieved and what it cost the server. */
export type ClosedRun = {
  perSecond: number;
  /** Of the server's process, for each request; null where that cannot be read. */
  cpuMs: number | null;
  p50Ms: number;
  p99Ms: number;
};

/** Runs a closed loop against a server and adds what went wrong to `faults`. */
export async function closedRun(
  server: ApiProcess,
  input: Omit<ClosedLoop, "address"> & { what: string; faults: string[] },
): Promise<ClosedRun> {
  const { what, faults, ...loop } = input;
  const { value: result, cpuSeconds } = await withCpu(server.pid, () =>
    runClosedLoop({ ...loop, address: server.address }),
  );
  faults.push(...faultsOf(what, result));
  const done = countSuccesses(result);
  return {
    perSecond: done / result.seconds,
    cpuMs: cpuSeconds === null ? null : (cpuSeconds * 1_000) / done,
    p50Ms: quantile(result.latenciesMs, 0.5),
    p99Ms: quantile(result.latenciesMs, 0.99),
  };
}

/** The median rate and latencies of some runs, as the table shows them. */
export function showRuns(runs: readonly ClosedRun[]): string {
  const middle = (value: (run: ClosedRun) => number): string => median(runs.map(value)).toFixed(1);
  return `${showRate(runs)}, p50 ${middle((run) => run.p50Ms)} ms, p99 ${middle((run) => run.p99Ms)} ms`;
}

/** The median rate of some runs. */
export const showRate = (runs: readonly ClosedRun[]): string =>
  `${median(runs.map((run) => run.perSecond)).toFixed(0)}/s`;

/** The median CPU of some runs for each request; undefined where it could not be read. */
export function showCpu(runs: readonly ClosedRun[]): string | undefined {
  const known = runs.flatMap((run) => run.cpuMs ?? []);
  return known.length === 0 ? undefined : `${median(known).toFixed(2)} ms`;
}
