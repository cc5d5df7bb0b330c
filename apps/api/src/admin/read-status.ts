import type { ConnectionStatus } from "@muster/contract";
import { connectionStatus, type Owner } from "@muster/provisioning";
import type { Clock, Logger } from "@muster/runtime";
import type { Database } from "@muster/store";
import { isoOrNull } from "./iso-or-null.ts";
import { createStatuses, type Statuses } from "./watch-statuses.ts";

/** How soon somebody who looks at a connection sees that it is another way. */
const EVERY_MS = 1_000;

/** Reads how far an app is from what it should hold, as it is answered. */
export async function readStatus(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
): Promise<ConnectionStatus> {
  const status = await connectionStatus(deps, owner, connectionId);
  const { seats, approvals } = status;
  return {
    settled: status.settled,
    state: status.state,
    reason: status.reason,
    since: isoOrNull(status.since),
    seats: seats === null ? null : { ...seats, waitingSince: isoOrNull(seats.waitingSince) },
    approvals: approvals === null ? null : { ...approvals, waitingSince: isoOrNull(approvals.waitingSince) },
    nextProbeAt: isoOrNull(status.nextProbeAt),
    accounts: status.accounts,
    held: status.held,
    groups: status.groups,
    lastAttemptAt: isoOrNull(status.lastAttemptAt),
    nextDueAt: isoOrNull(status.nextDueAt),
  };
}

/** Opens the watch of statuses of one process. */
export function openStatuses({ db, clock, logger }: { db: Database; clock: Clock; logger: Logger }): Statuses {
  return createStatuses({ read: (owner, id) => readStatus({ db }, owner, id), clock, logger, everyMs: EVERY_MS });
}
