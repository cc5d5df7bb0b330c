import { Refusal } from "@muster/runtime";
import { findGroups, type TenantId, type Tx } from "@muster/store";
import type { ConnectionSettings } from "./connection-settings.ts";

/** Refuses groups in settings that the connection's directory does not have. */
export async function requireChosen(
  tx: Tx,
  tenantId: TenantId,
  directoryId: string,
  settings: Pick<ConnectionSettings, "groups" | "seats"> | undefined,
): Promise<void> {
  const chosen = settings?.groups?.chosen ?? [];
  const first = settings?.seats?.first ?? [];
  if (chosen.length === 0 && first.length === 0) return;
  const found = await findGroups(tx, tenantId, directoryId, { ids: [...chosen, ...first], displayNames: [] });
  const known = new Set(found.map((group) => group.id));
  const refuseUnknown = (at: string, ids: readonly string[]): void => {
    const unknown = ids.find((id) => !known.has(id));
    if (unknown !== undefined)
      throw new Refusal("invalid", `settings.${at}: this connection's directory has no group ${unknown}`);
  };
  refuseUnknown("groups.chosen", chosen);
  refuseUnknown("seats.first", first);
}
