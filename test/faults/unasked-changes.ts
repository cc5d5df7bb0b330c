import type { LedgerEntry } from "@muster/simulator";
import type { Driver } from "./driver.ts";

/**
 * I08, I09: what the app saw of somebody's access and nobody had asked for: made inactive, or active again after having been
 * inactive. Empty when all is well.
 */
export function unaskedChanges(ledger: readonly LedgerEntry[], asked: Driver["asked"]): string[] {
  const wasInactive = new Set<string>();
  const unasked: string[] = [];
  for (const { method, status, userName, remoteId, active } of ledger) {
    if (method === "GET" || status >= 300 || userName === undefined || remoteId === undefined) continue;
    if (active === false && !asked.inactive.has(userName)) unasked.push(`${userName} was made inactive`);
    if (active === true && wasInactive.has(remoteId) && !asked.active.has(userName))
      unasked.push(`${userName} was made active again`);
    if (active === false) wasInactive.add(remoteId);
    else if (active === true) wasInactive.delete(remoteId);
  }
  return unasked;
}
