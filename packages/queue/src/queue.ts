/** Names a lane: one connection of one tenant. */
export type LaneKey = { tenantId: string; connectionId: string };

/** One pull of the doorbell; removals have a doorbell of their own. */
export type Ring = LaneKey & { removal: boolean };

export type QueueSettings =
  | { kind: "redis"; url: string; production: boolean }
  | { kind: "postgres"; connectionString: string; schema?: string };

/** Looks at a lane for one time slice; `again` sends the lane to the back of the queue. */
export type DrainLane = (lane: Ring, signal: AbortSignal) => Promise<{ again: boolean }>;

export type ConsumeInput = { slots: number; removalSlots: number; drain: DrainLane };

export type Consumer = {
  /** Stops taking lanes, aborts the active drains and waits for them up to a deadline. */
  close(): Promise<void>;
  /** Drains running now. */
  active(): number;
  /** Rebuilds the workers and their connections; for the watchdog. */
  restart(): Promise<void>;
};

/** Rings sent, folded into another ring, failed to send; and jobs handed to a drain. */
export type QueueCounters = { rung: number; folded: number; failedRings: number; jobs: number };

export type Queue = {
  /** Rings lanes without waiting and without ever throwing; call it after the commit. */
  ring(rings: readonly Ring[]): void;
  consume(input: ConsumeInput): Consumer;
  /** Says whether the doorbell can be reached; never does I/O. */
  health(): { ok: boolean; detail: string };
  counters(): QueueCounters;
  close(): Promise<void>;
};
