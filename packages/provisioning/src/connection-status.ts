import {
  type ConnectionRecord,
  type ConnectionState,
  countAccounts,
  countHeld,
  countRemoteGroups,
  countUnexpanded,
  type Database,
  getPolicy,
  type HeldCounts,
  inTenant,
  type LaneView,
  type Tx,
  viewLane,
} from "@muster/store";
import { type ApprovalStatus, readApprovalStatus } from "./approvals.ts";
import { type Owner, requireConnection } from "./connections.ts";
import { readSeats, type SeatStatus } from "./seats.ts";

type StateCounts = { synced: number; pending: number; failing: number; stopped: number; held: number };

export type ConnectionStatus = {
  /** True only when nothing is left to expand, to send or in flight. */
  settled: boolean;
  state: ConnectionState | "paused";
  reason: string | null;
  /** Since when it is in a state other than active, where that is known. */
  since: Date | null;
  /** When a connection in quarantine is probed next; null for others, and while it is paused. */
  nextProbeAt: Date | null;
  accounts: StateCounts;
  /** Of the accounts that are held, how many wait for what. */
  held: HeldCounts;
  groups: StateCounts;
  /** Null where seats are not limited. */
  seats: SeatStatus | null;
  /** Null where nobody's approval is asked for. */
  approvals: ApprovalStatus | null;
  lastAttemptAt: Date | null;
  nextDueAt: Date | null;
};

const SUSPENDED = "The tenant is suspended: nothing is pushed until it is resumed";
const PAUSED = "Paused by hand: changes are kept, and go out as they are then when it is resumed";

/** Says how far a connection is from what it should be. A correctly absent or inactive account counts as synced. */
export async function connectionStatus(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
): Promise<ConnectionStatus> {
  const { tenantId } = owner;
  const read = async (tx: Tx): Promise<ConnectionStatus> => {
    const connection = await requireConnection(tx, tenantId, connectionId);
    // Marks before accounts: a mark that is absorbed in between leaves its accounts visible, never the other way round.
    const lane = await viewLane(tx, tenantId, connectionId);
    const { remapping } = await getPolicy(tx, tenantId, connectionId);
    const unexpanded = await countUnexpanded(tx, tenantId, connectionId);
    const { synced, pending, failing, stopped, held, due, inFlight } = await countAccounts(tx, tenantId, connectionId);
    const waiting = await countHeld(tx, tenantId, { connectionId, held });
    const groups = await countRemoteGroups(tx, tenantId, connectionId);
    const seats = connection.seatLimit === null ? null : await readSeats(tx, tenantId, connectionId);
    // A seat is free and somebody waits: they are let in when the slice under way ends.
    const admits = seats !== null && seats.waiting > 0 && seats.taken < seats.limit;
    const isGrouped = groups.due === 0 && groups.inFlight === 0 && groups.pending === 0 && groups.failing === 0;
    return {
      settled:
        isGrouped &&
        !admits &&
        remapping === null &&
        unexpanded.expansions === 0 &&
        due === 0 &&
        inFlight === 0 &&
        pending === 0 &&
        failing === 0,
      ...stateOf(connection, lane),
      accounts: { synced, pending: pending + unexpanded.people, failing, stopped, held },
      held: waiting,
      groups: {
        synced: groups.synced,
        pending: groups.pending,
        failing: groups.failing,
        stopped: groups.stopped,
        held: groups.held,
      },
      seats,
      approvals: await readApprovalStatus(tx, tenantId, connection),
      lastAttemptAt: connection.lastAttemptAt,
      nextDueAt: lane.dueAt,
    };
  };
  return await inTenant(deps.db, tenantId, read, owner.workspaceId);
}

function stateOf(
  { state, stateReason: reason }: ConnectionRecord,
  lane: LaneView,
): Pick<ConnectionStatus, "state" | "reason" | "since" | "nextProbeAt"> {
  if (lane.suspended) return { state: "paused", reason: SUSPENDED, since: null, nextProbeAt: null };
  if (lane.paused) return { state: "paused", reason: PAUSED, since: lane.pausedAt, nextProbeAt: null };
  switch (state) {
    case "active":
      return { state, reason, since: null, nextProbeAt: null };
    case "quarantined":
      return { state, reason, since: lane.quarantinedAt, nextProbeAt: lane.heldUntil ?? lane.dueAt };
    case "disabled":
      return { state, reason, since: lane.disabledAt, nextProbeAt: null };
  }
}
