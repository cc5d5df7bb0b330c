import type { Connector } from "@muster/connectors";
import type { Clock, CrashPoints, Logger } from "@muster/runtime";
import type { AccountOutcome, Database, LaneLease } from "@muster/store";
import type { HeldLane } from "./lane-lease.ts";

export type LaneTiming = {
  /** How long a lane is held without renewal before others may take it. */
  leaseMs: number;
  /** The hard deadline of one call; must be well below the lease. */
  callMs: number;
  /** How long one drain works before the lane goes to the back of the queue. */
  sliceMs: number;
};

export type DrainDeps = {
  db: Database;
  /** Opens the connection's connector with its credential unsealed. */
  openConnector(tenantId: string, connectionId: string): Promise<Connector>;
  crash: CrashPoints;
  clock: Clock;
  random(): number;
  logger: Logger;
  timing: LaneTiming;
  /** Names this process in leases. */
  owner: string;
  /** Told about every batch, for metrics. */
  onBatch?(batch: { accounts: number; durationMs: number; outcomes: readonly AccountOutcome[] }): void;
};

/** A lane that is being worked on, for one slice. */
export type Lane = {
  deps: DrainDeps;
  held: HeldLane;
  lease: LaneLease;
  connector: Connector;
  batchSize: number;
  failures: number;
  /** Whether this slice sent anything, for "last attempt". */
  worked: boolean;
};
