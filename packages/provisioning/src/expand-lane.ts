import { bindWaiting, expandChunk, inTenant, nextExpansion, setBarrier, type Tx } from "@muster/store";
import { judgeExpansion } from "./guard.ts";
import { judgeByReading } from "./judge-by-reading.ts";
import type { Lane } from "./lane.ts";

/** How often a lane with nothing else to do asks whether the writers it waits for have ended. */
const BARRIER_POLL_MS = 20;

/**
 * Marks the next chunk of people of the lane's oldest expansion, if there is one.
 *
 * An edit of who or what first notes a barrier and scans only when every transaction that may have read the old edit
 * has ended: such a writer commits people that a scan now would miss for ever (house trap 2). What may take access away is
 * then judged by the guard, once, before anybody is marked (house trap 4).
 */
export async function expandLane({ deps, lease }: Pick<Lane, "deps" | "lease">): Promise<void> {
  const { db } = deps;
  const look = async (tx: Tx): Promise<boolean> => {
    const expansion = await nextExpansion(tx, lease);
    if (expansion === undefined) return false;
    if (expansion.open) return true;
    if (!expansion.listed && expansion.barrierPassed !== true) {
      if (expansion.barrierPassed === null) await setBarrier(tx.last, lease, expansion.id);
      return true;
    }
    if (!expansion.listed) await bindWaiting(tx, lease);
    // Judged before any generation rises; marked from the next round on, either way.
    if (expansion.guarded) {
      if (await judgeByReading(tx, lease, expansion, deps)) await judgeExpansion(tx, lease, expansion);
    } else await expandChunk(tx.last, lease, expansion);
    return false;
  };
  // A policy is read in the scope of its workspace.
  const waiting = await inTenant(db, lease.tenantId, look, lease.workspaceId);
  if (waiting) await new Promise((resolve) => setTimeout(resolve, BARRIER_POLL_MS));
}
