import { Refusal } from "@muster/runtime";
import { findGroups, type TenantId, type Tx } from "@muster/store";
import type { GroupSettings } from "./connection-settings.ts";

/** Refuses chosen groups that the connection's directory does not have. */
export async function requireChosen(
  tx: Tx,
  tenantId: TenantId,
  directoryId: string,
  settings: Partial<GroupSettings> | undefined,
): Promise<void> {
  const chosen = settings?.chosen ?? [];
  if (chosen.length === 0) return;
  const found = await findGroups(tx, tenantId, directoryId, { ids: chosen, displayNames: [] });
  const known = new Set(found.map((group) => group.id));
  const unknown = chosen.find((id) => !known.has(id));
  if (unknown !== undefined)
    throw new Refusal("invalid", `settings.groups.chosen: this connection's directory has no group ${unknown}`);
}
