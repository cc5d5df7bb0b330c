import { Refusal } from "@muster/runtime";
import {
  type ComparisonPolicy,
  type ComparisonRecord,
  type Database,
  getComparison,
  insertAudit,
  inTrace,
  startComparison,
  type TenantId,
  type Tx,
} from "@muster/store";
import { type Owner, requireConnection } from "./connections.ts";
import { appOfConnection } from "./profile-settings.ts";

/** Begins a comparison of the app with what it should hold; answers the one that is running already, if there is one. */
export async function beginComparison(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
  input: { policy: ComparisonPolicy | null },
): Promise<string> {
  const { tenantId, actor } = owner;
  return await inTrace(deps.db, owner, async (tx) => {
    const { title, users } = appOfConnection(await requireConnection(tx, tenantId, connectionId));
    if (!users.lists)
      throw new Refusal("invalid", `${title} does not say who has an account, so there is nothing to compare`);
    const { id, isNew } = await startComparison(tx, tenantId, connectionId, { cause: "demand", ...input });
    if (isNew) await insertAudit(tx, tenantId, { actor, action: "connection.compare", target: connectionId });
    return id;
  });
}

/** Reads a comparison or refuses with "not found". */
export async function requireComparison(
  tx: Tx,
  tenantId: TenantId,
  connectionId: string,
  comparisonId: string,
): Promise<ComparisonRecord> {
  const comparison = await getComparison(tx, tenantId, connectionId, comparisonId);
  if (comparison === undefined) throw new Refusal("notFound", `There is no comparison ${comparisonId}`);
  return comparison;
}
