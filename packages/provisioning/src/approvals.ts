import { Refusal } from "@muster/runtime";
import {
  type ApprovalAction,
  type ApprovalCounts,
  type ApprovalRecord,
  type ConnectionRecord,
  countApprovals,
  type Database,
  inTenant,
  inTrace,
  listApprovals,
  listAskedUpTo,
  decideApprovals as storeDecisions,
  type TenantId,
  type Tx,
} from "@muster/store";
import { removalWarning } from "./approval-notices.ts";
import { type Owner, requireConnection } from "./connections.ts";

/** Steps decided in one transaction: each is an audit row and an account. */
const CHUNK = 1_000;

/** Lists what waits for approval in a connection, or was decided and is not done, or refuses with "not found". */
export async function readApprovalList(
  deps: { db: Database },
  { tenantId }: Owner,
  connectionId: string,
  page: Parameters<typeof listApprovals>[2],
): Promise<ApprovalRecord[]> {
  return await inTenant(deps.db, tenantId, async (tx) => {
    await requireConnection(tx, tenantId, connectionId);
    return await listApprovals(tx, { tenantId, connectionId }, page);
  });
}

export type ApprovalDecision = {
  state: "approved" | "rejected";
  /** What is decided: steps by their ids, or all that had been asked up to a moment. */
  about: { ids: string[] } | { upTo: Date; action: ApprovalAction | undefined };
};

/**
 * Approves or rejects steps, each with an audit row of whoever does. A decision is about what was shown: the id of a step that is
 * another by now decides nothing, and is answered as outdated. Of many, each thousand is decided by itself.
 */
export async function decideApprovals(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
  { state, about }: ApprovalDecision,
): Promise<{ decided: number; outdated: string[]; removal: boolean }> {
  const { tenantId, actor } = owner;
  const lane = { tenantId, connectionId };
  const result = { decided: 0, outdated: [] as string[], removal: false };
  for (let isFirst = true; ; isFirst = false) {
    const chunk = await inTrace(deps.db, owner, async (tx) => {
      await requireConnection(tx, tenantId, connectionId);
      const ids = "ids" in about ? about.ids : await listAskedUpTo(tx, lane, { ...about, limit: CHUNK });
      if (ids.length === 0) return null;
      return { asked: ids, ...(await storeDecisions(tx, lane, { ids, state, actor })) };
    });
    if (chunk === null) {
      if (isFirst && "ids" in about) throw new Refusal("invalid", "ids: name at least one step");
      return result;
    }
    result.decided += chunk.ids.length;
    result.removal ||= chunk.removal;
    if ("ids" in about) {
      const decided = new Set(chunk.ids);
      return { ...result, outdated: chunk.asked.filter((id) => !decided.has(id)) };
    }
    if (chunk.asked.length < CHUNK) return result;
  }
}

/** How the approvals of a connection stand; null where none is asked for and none is outstanding. */
export type ApprovalStatus = ApprovalCounts & { reason: string | null };

/** Counts what waits for approval, with a warning where removals do. */
export async function readApprovalStatus(
  tx: Tx,
  tenantId: TenantId,
  { id, approvals }: Pick<ConnectionRecord, "id" | "approvals">,
): Promise<ApprovalStatus | null> {
  const counts = await countApprovals(tx, tenantId, id);
  if (approvals.length === 0 && counts.waiting === 0 && counts.rejected === 0) return null;
  return { ...counts, reason: removalWarning(approvals) };
}
