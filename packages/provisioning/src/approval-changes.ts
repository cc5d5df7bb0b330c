import { uuidV7 } from "@muster/runtime";
import {
  type AskedStep,
  type ConnectionPolicy,
  getApprovals,
  type LaneLease,
  recordApprovals,
  type StoredApproval,
  type Tx,
} from "@muster/store";
import type { AccountResult } from "./account-result.ts";

/** Reads what is asked about these accounts; nothing is read where a connection asks for no approval and none is outstanding. */
export async function readApprovals(
  tx: Tx,
  lane: { tenantId: string; connectionId: string },
  { approving }: Pick<ConnectionPolicy, "approving">,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, StoredApproval>> {
  return approving ? await getApprovals(tx, lane, userIds) : new Map();
}

type Batch = { policy: Pick<ConnectionPolicy, "approving">; work: readonly Known[] };
type Known = { account: { userId: string }; approval: StoredApproval | null };

/** Notes what is asked by these results, and what is over. In the transaction that records the batch. */
export async function keepApprovals(
  tx: Tx,
  lease: LaneLease,
  { policy, work }: Batch,
  results: readonly AccountResult[],
): Promise<void> {
  if (!policy.approving) return;
  const known = new Map(work.map(({ account, approval }) => [account.userId, approval]));
  const changes = approvalChanges(results, known);
  if (changes.asked.length > 0 || changes.over.length > 0) await recordApprovals(tx, lease, changes);
}

/**
 * What the list of approvals gains and loses by these results. A step waits until the plan asks for another, or for none; what was decided
 * lasts until the account is as it should be. An approved deletion that only comes later lasts until the account is gone.
 */
export function approvalChanges(
  results: readonly AccountResult[],
  known: ReadonlyMap<string, StoredApproval | null>,
): { asked: AskedStep[]; over: { userId: string; id: string }[] } {
  const asked: AskedStep[] = [];
  const over: { userId: string; id: string }[] = [];
  for (const { outcome, asked: ask } of results) {
    const { userId } = outcome;
    const before = known.get(userId) ?? null;
    if (ask === undefined) continue;
    if (ask !== null) asked.push({ userId, id: uuidV7(), ...ask });
    else if (before !== null && isOver(before, outcome)) over.push({ userId, id: before.id });
  }
  return { asked, over };
}

function isOver({ state, action }: StoredApproval, outcome: AccountResult["outcome"]): boolean {
  const isTriedAgain = outcome.state === "pending" || outcome.state === "failing";
  if (!outcome.settled) return state === "waiting" && !isTriedAgain;
  const isToBeDeleted = action === "delete" && state === "approved" && outcome.left === true;
  return !isToBeDeleted || outcome.dueInMs === null;
}
