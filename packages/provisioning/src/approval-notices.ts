import {
  type ApprovalAction,
  type ApprovalCounts,
  countApprovals,
  type Database,
  deleteNotices,
  insertNotice,
  inTenant,
  type LaneKey,
  listOverdueApprovals,
  noteApprovals,
  type Tx,
} from "@muster/store";

const WAITING = "approvals.waiting";
const OVERDUE = "approvals.overdue";
const REMOVALS = "approvals.removals";

const LANES_A_ROUND = 200;
/** Whoever has waited for so long is told of again, every time that it is over. */
const REMIND_MS = 24 * 3_600_000;

/**
 * Tells administrators when the first step begins to wait for approval, and takes it back once none does. Call it with the lane's row
 * locked.
 */
export async function tellApprovals(tx: Tx, { tenantId, connectionId }: LaneKey): Promise<void> {
  const counts = await countApprovals(tx, tenantId, connectionId);
  await noteApprovals(tx, { tenantId, connectionId }, { since: counts.waitingSince, told: false });
  if (counts.waiting === 0)
    return void (await deleteNotices(tx, tenantId, { kinds: [WAITING, OVERDUE], subject: connectionId }));
  await insertNotice(tx, tenantId, {
    kind: WAITING,
    subject: connectionId,
    message: `Connection ${connectionId} waits for approvals, and sends nothing of what it waits for: ${where(connectionId)}`,
  });
}

/** Tells administrators once a day of each connection in which somebody has waited for approval for a day: how many, and for how long. */
export async function remindOfApprovals(
  deps: { db: Database; remindMs?: number },
  signal?: AbortSignal,
): Promise<void> {
  for (const lane of await listOverdueApprovals(deps.db, deps.remindMs ?? REMIND_MS, LANES_A_ROUND)) {
    if (signal?.aborted === true) return;
    await inTenant(deps.db, lane.tenantId, async (tx) => {
      const counts = await countApprovals(tx, lane.tenantId, lane.connectionId);
      await noteApprovals(tx, lane, { since: counts.waitingSince, told: true });
      await deleteNotices(tx, lane.tenantId, { kinds: [OVERDUE], subject: lane.connectionId });
      if (counts.waitingSince !== null) await insertOverdue(tx, lane, counts);
    });
  }
}

async function insertOverdue(tx: Tx, { tenantId, connectionId }: LaneKey, counts: ApprovalCounts): Promise<void> {
  const many = counts.waiting === 1 ? "1 step waits" : `${counts.waiting} steps wait`;
  await insertNotice(tx, tenantId, {
    kind: OVERDUE,
    subject: connectionId,
    message: `${many} for approval on connection ${connectionId}, the oldest since ${counts.waitingSince?.toISOString() ?? "long"}: ${where(connectionId)}`,
  });
}

const where = (connectionId: string): string =>
  `they are listed at /api/v1/connections/${connectionId}/approvals, where they are approved or rejected`;

/** Warns, as long as it is so, that leavers keep their access until somebody approves. */
export async function warnOfRemovals(
  tx: Tx,
  { tenantId, connectionId }: LaneKey,
  approvals: readonly ApprovalAction[],
): Promise<void> {
  const reason = removalWarning(approvals);
  if (reason === null) return void (await deleteNotices(tx, tenantId, { kinds: [REMOVALS], subject: connectionId }));
  const message = `Connection ${connectionId}: ${reason}`;
  await insertNotice(tx, tenantId, { kind: REMOVALS, subject: connectionId, message });
}

/** What it means that removals are asked about; null where they are not. */
export function removalWarning(approvals: readonly ApprovalAction[]): string | null {
  const asked = approvals.filter((action) => action === "deactivate" || action === "delete");
  if (asked.length === 0) return null;
  if (!asked.includes("deactivate"))
    return "Accounts of leavers are made inactive at once, where the app and settings.policies let that be, and deleted only once somebody approves it";
  return "Leavers keep their access to this app until somebody approves each of them; take deactivate out of settings.approvals to let removals go out at once";
}
