import { Refusal } from "@muster/runtime";
import {
  type ConflictDecision,
  type ConflictRecord,
  type Database,
  findLinkedToOthers,
  getConflict,
  insertAudit,
  inTrace,
  lockConflict,
  decideConflict as storeDecision,
} from "@muster/store";
import { type Owner, requireConnection } from "./connections.ts";

export type DecisionInput = { userId: string; action: ConflictDecision; remoteId: string | undefined };

/**
 * Decides about a person's account in the app: which of the found ones it is, that one is to be made beside them, or that
 * there shall be none. The account is due at once.
 */
export async function decideConflict(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
  input: DecisionInput,
): Promise<ConflictRecord> {
  const { tenantId, actor } = owner;
  const { userId, action } = input;
  return await inTrace(deps.db, owner, async (tx) => {
    await requireConnection(tx, tenantId, connectionId);
    const conflict = await lockConflict(tx, tenantId, connectionId, userId);
    if (conflict === undefined) throw new Refusal("notFound", `There is no conflict about user ${userId}`);
    const remoteId = chosen(input, conflict.candidates);
    if (remoteId !== null) {
      const linked = await findLinkedToOthers(tx, tenantId, connectionId, { userId, remoteIds: [remoteId] });
      if (linked.size > 0)
        throw new Refusal("conflict", "remoteId: this account is linked to another person of this directory by now");
    }
    await storeDecision(tx, tenantId, connectionId, { userId, decision: action, remoteId, actor });
    await insertAudit(tx, tenantId, { actor, action: `conflict.${action}`, target: userId });
    const decided = await getConflict(tx, tenantId, connectionId, userId);
    if (decided === undefined) throw new Error("A locked row must stay");
    return decided;
  });
}

function chosen({ action, remoteId }: DecisionInput, candidates: readonly { remoteId: string }[]): string | null {
  if (action !== "link") {
    if (remoteId !== undefined) throw new Refusal("invalid", `remoteId: leave it out, ${action} takes none`);
    return null;
  }
  if (remoteId === undefined) throw new Refusal("invalid", "remoteId is missing: give that of one of the candidates");
  if (!candidates.some((candidate) => candidate.remoteId === remoteId))
    throw new Refusal("invalid", "remoteId must be that of one of the candidates: list the conflicts to see them");
  return remoteId;
}
