export type QueueTimings = {
  /** Rings of one lane within this time of the last one sent become one. */
  foldWindowMs: number;
  /** A batch of rings that takes longer counts as failed. */
  sendTimeoutMs: number;
  /** How long a dead worker's job keeps its lane; below the 40 s lane lease, far above any pause of the event loop. */
  lockDurationMs: number;
  /** How often jobs of dead workers are looked for; found after one to two rounds. */
  stalledIntervalMs: number;
  /** How long close() waits for aborted drains. */
  closeDeadlineMs: number;
  /** How often reachability is checked. */
  heartbeatMs: number;
  /** Longest time between two log lines about the same kind of trouble. */
  logEveryMs: number;
};

export const defaultTimings: QueueTimings = {
  foldWindowMs: 5,
  sendTimeoutMs: 3_000,
  lockDurationMs: 20_000,
  stalledIntervalMs: 10_000,
  closeDeadlineMs: 15_000,
  heartbeatMs: 2_000,
  logEveryMs: 5_000,
};
