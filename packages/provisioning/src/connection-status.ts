import { countAccounts, countUnexpanded, type Database, inTenant, viewLane } from "@muster/store";
import { type Owner, requireConnection } from "./connections.ts";

export type ConnectionStatus = {
  /** True only when nothing is left to expand, to send or in flight. */
  settled: boolean;
  state: "active" | "paused" | "quarantined";
  reason: string | null;
  accounts: { synced: number; pending: number; failing: number; stopped: number; held: number };
  lastAttemptAt: Date | null;
  nextDueAt: Date | null;
};

const SUSPENDED = "The tenant is suspended: nothing is pushed until it is resumed";

/** Says how far a connection is from what it should be. A correctly absent or inactive account counts as synced. */
export async function connectionStatus(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
): Promise<ConnectionStatus> {
  const { tenantId } = owner;
  return await inTenant(deps.db, tenantId, async (tx) => {
    const connection = await requireConnection(tx, tenantId, connectionId);
    // Marks before accounts: a mark that is absorbed in between leaves its accounts visible, never the other way round.
    const lane = await viewLane(tx, tenantId, connectionId);
    const unexpanded = await countUnexpanded(tx, tenantId, connectionId);
    const { synced, pending, failing, stopped, held, due, inFlight } = await countAccounts(tx, tenantId, connectionId);
    return {
      settled: unexpanded.expansions === 0 && due === 0 && inFlight === 0 && pending === 0 && failing === 0,
      state: lane.paused || lane.suspended ? "paused" : connection.state,
      reason: lane.suspended ? SUSPENDED : connection.stateReason,
      accounts: { synced, pending: pending + unexpanded.people, failing, stopped, held },
      lastAttemptAt: connection.lastAttemptAt,
      nextDueAt: lane.dueAt,
    };
  });
}
