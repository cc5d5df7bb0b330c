import type { Connector } from "@muster/connectors";
import type { PreparePolicy } from "@muster/mapping";
import type { Clock, CrashPoints, Logger } from "@muster/runtime";
import type { AccountOutcome, ConnectionPolicy, Database, LaneLease, MinuteCount } from "@muster/store";
import type { ExchangeBudget } from "./exchange-budget.ts";
import type { HeldLane } from "./lane-lease.ts";

export type LaneTiming = {
  /** How long a lane is held without renewal before others may take it. */
  leaseMs: number;
  /** The hard deadline of one call; must be well below the lease. */
  callMs: number;
  /** How long one drain works before the lane goes to the back of the queue. */
  sliceMs: number;
  /** How long a minute of the schedule of probes is; only tests shorten it. */
  probeMinuteMs: number;
};

export type DrainDeps = {
  db: Database;
  /** Opens the connection's connector with its credential unsealed. */
  openConnector(tenantId: string, connectionId: string): Promise<Connector>;
  /** Compiles policies; one for the whole process, so that lanes with the same mapping compile it once. */
  prepare: PreparePolicy;
  crash: CrashPoints;
  clock: Clock;
  random(): number;
  logger: Logger;
  timing: LaneTiming;
  /** The database was restored while apps went on: lanes are compared, and nothing is sent. */
  compareOnly?: boolean;
  /** Names this process in leases. */
  owner: string;
  /** Waits until the tenant may have one more call in flight in this process; gives it back when called. */
  takeTurn?(tenantId: string, removal: boolean): Promise<() => void>;
  /** Asked for each account that went well: whether what went over the wire is kept. */
  mayKeepExchange?: ExchangeBudget;
  /** Told about every batch, for metrics. */
  onBatch?(batch: BatchReport): void;
};

export type BatchReport = {
  accounts: number;
  durationMs: number;
  outcomes: readonly AccountOutcome[];
  /** For every removal that the app has confirmed: milliseconds since its change was accepted. */
  removalsMs: readonly number[];
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
  /** Whether anything got through to the app. */
  moved: boolean;
  /** The connection's seats are limited, as the last batch read it. */
  seats: boolean;
  /** Somebody's approval is asked for in the connection, or was until this slice. */
  approving: boolean;
  /** There is work, and none of it may be sent. */
  rests: boolean;
  /** In quarantine: true until a probe and, if anything is due, one batch went well. */
  quarantined: boolean;
  /** Calls in flight on the way back from a quarantine; null for as many as the connection allows. */
  ramp: number | null;
  recent: readonly MinuteCount[];
  /** Accounts and calls about groups begun in this slice, and since when, by the monotonic clock; the rate that held then. */
  sent: { begun: number; sinceMs: number; paced: Pick<ConnectionPolicy, "ratePerSecond" | "learnedRate"> };
  /** The database's time now. */
  nowMs(): number;
};
