/** The worker's times of one run, in milliseconds, and how long a test may wait for everything to be well again. */
export type FaultTiming = {
  leaseMs: number;
  callMs: number;
  sweepMs: number;
  sliceMs: number;
  /** A minute of the schedule of probes. */
  probeMinuteMs: number;
  /** Long enough for two dead holders in a row, the look-ups after them and a slow machine. */
  healWithinMs: number;
  testTimeoutMs: number;
  /** I03: how long somebody may still have access after an accepted removal, without the time in which their app did not work. */
  removalMs: number;
  /** How long Redis stays away in F10. */
  outageMs: number;
  /** The published numbers, and with them the published sizes. */
  isPublished: boolean;
};

const SHORT: FaultTiming = {
  leaseMs: 2_500,
  callMs: 1_000,
  sweepMs: 200,
  sliceMs: 500,
  probeMinuteMs: 500,
  healWithinMs: 60_000,
  testTimeoutMs: 150_000,
  removalMs: 60_000,
  outageMs: 4_000,
  isPublished: false,
};

/** The published numbers, which are the worker's defaults. */
const PUBLISHED: FaultTiming = {
  leaseMs: 40_000,
  callMs: 25_000,
  sweepMs: 1_000,
  sliceMs: 2_000,
  probeMinuteMs: 60_000,
  healWithinMs: 240_000,
  testTimeoutMs: 600_000,
  removalMs: 300_000,
  outageMs: 60_000,
  isPublished: true,
};

/**
 * `MUSTER_FAULTS=production` runs the same scenarios at the times that customers get, in about half an hour;
 * `MUSTER_FAULTS=impatient` gives up early, for runs that are expected to fail.
 */
export const timing: FaultTiming = chosen(process.env);

function chosen(env: Readonly<Record<string, string | undefined>>): FaultTiming {
  const name = env["MUSTER_FAULTS"];
  if (name === "production") return PUBLISHED;
  return name === "impatient" ? { ...SHORT, healWithinMs: 25_000 } : SHORT;
}
