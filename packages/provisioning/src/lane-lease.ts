import { type Clock, type Logger, startLoop } from "@muster/runtime";
import { claimLane, type Database, type LaneLease, renewLane } from "@muster/store";

/** The lane has, or may soon have, another holder: stop sending and record nothing more. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

export type HeldLane = {
  lease: LaneLease;
  /** Throws `LeaseLost` unless the lease outlives a call that starts now and takes as long as it may. */
  assertTime(callMs: number): void;
  close(): Promise<void>;
};

/**
 * Leases a lane and keeps renewing it at half time. The remaining time is measured on this process's monotonic clock
 * from before the claim was sent, so it is never longer than what the database granted, whatever the wall clock does.
 */
export async function holdLane(
  deps: { db: Database; clock: Clock; logger: Logger },
  connectionId: string,
  claim: { owner: string; leaseMs: number },
): Promise<HeldLane | undefined> {
  let grantedAtMs = deps.clock.monotonicMs();
  const lease = await claimLane(deps.db, connectionId, claim);
  if (lease === undefined) return undefined;
  let lost = false;
  const renewal = startLoop({
    name: "renew-lane",
    everyMs: claim.leaseMs / 2,
    logger: deps.logger,
    async run() {
      const askedAtMs = deps.clock.monotonicMs();
      if (askedAtMs - grantedAtMs < claim.leaseMs / 4) return;
      if (await renewLane(deps.db, lease)) grantedAtMs = askedAtMs;
      else lost = true;
    },
  });
  return {
    lease,
    assertTime(callMs) {
      if (lost || deps.clock.monotonicMs() + callMs >= grantedAtMs + claim.leaseMs)
        throw new LeaseLost(`The lease of lane ${connectionId} ends before the call could`);
    },
    close: () => renewal.close(),
  };
}
