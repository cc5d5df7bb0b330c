import type { Keyring } from "@muster/credentials";
import type { Queue } from "@muster/queue";
import type { Clock, CrashPoints, Dialer, Logger, Metrics } from "@muster/runtime";
import type { Database } from "@muster/store";

/** What a worker is given, open, by whoever starts it. */
export type WorkerResources = {
  db: Database;
  queue: Queue;
  keyring: Keyring;
  dialer: Dialer;
  clock: Clock;
  crash: CrashPoints;
  logger: Logger;
  metrics: Metrics;
};
