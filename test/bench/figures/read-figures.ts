import { type ClosedRun, showCpu } from "./closed-run.ts";
import type { Figure } from "./figure.ts";

/** As many as the figures of the peers were taken with. */
export const READ_CONNECTIONS = 16;
/** A server compiles its hot paths first. */
export const READ_WARM_UP = 3_000;

/** What a read cost the api and the limit: the number that other work on the machine moves least. */
export function cpuFigures(
  id: string,
  what: string,
  runs: { ours: readonly ClosedRun[]; limit: readonly ClosedRun[] },
): Figure[] {
  const [ours, limit] = [showCpu(runs.ours), showCpu(runs.limit)];
  if (ours === undefined || limit === undefined) return [];
  return [{ id, name: `Node CPU per ${what}`, ours, against: `express, constant ${limit}` }];
}
