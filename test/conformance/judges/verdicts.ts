/** What a judge says of one thing that it looked at. */
export type Verdict = { check: string; outcome: "passed" | "failed" | "skipped"; reason: string };

/** Where a judge and we differ, and the RFC makes us right. */
export type Deviation = { judge: string; check: string; section: string; why: string };

/** Reads what a judge printed: a JSON object on each line. */
export function readVerdicts(printed: string): Verdict[] {
  return printed
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Verdict);
}

/**
 * Compares what failed with what is listed. `unexplained` are failures that nobody accounted for; `outdated` are listed
 * deviations that this judge does not complain of any more, and that must leave the list.
 */
export function compareVerdicts(
  verdicts: readonly Verdict[],
  listed: readonly Deviation[],
): { unexplained: Verdict[]; outdated: string[] } {
  const failed = verdicts.filter(({ outcome }) => outcome === "failed");
  return {
    unexplained: failed.filter(({ check }) => !listed.some((deviation) => deviation.check === check)),
    outdated: listed.map(({ check }) => check).filter((check) => !failed.some((verdict) => verdict.check === check)),
  };
}
