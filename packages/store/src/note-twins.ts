import { insertAudit } from "./audit.ts";
import type { Statements } from "./database.ts";
import { insertNotice } from "./notices.ts";
import type { TenantId } from "./tables.ts";

/**
 * Tells of accounts of the app that a late create of ours made beside a person's own, before they are taken away: an audit row
 * and a notice for each, once.
 */
export async function noteTwins(
  tx: Statements,
  lane: { tenantId: TenantId; connectionId: string },
  twins: { userId: string; remoteIds: readonly string[]; deletes: boolean },
): Promise<void> {
  const { tenantId, connectionId } = lane;
  const [action, done] = twins.deletes
    ? ["account.deleteTwin", "deleted"]
    : ["account.deactivateTwin", "made inactive"];
  for (const remoteId of twins.remoteIds) {
    const isNew = await insertNotice(tx, tenantId, {
      kind: "account.twin",
      subject: `${connectionId}/${remoteId}`,
      message: `A request that was held up made a second account, ${remoteId}, for person ${twins.userId} in the app of connection ${connectionId}. It is ${done}; the first one stays`,
    });
    if (isNew) await insertAudit(tx, tenantId, { actor: "system", action, target: twins.userId });
  }
}
