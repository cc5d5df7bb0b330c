import type { NamedStatement, Statements } from "./database.ts";
import { type RemovalHold, removalHold } from "./holds-of-people.ts";
import type { AccountState, RemovalConfirmation, TenantId } from "./tables.ts";

/** A person's account in one app, as far as removing it goes. */
export type OffboardingRecord = {
  connectionId: string;
  appId: string;
  remoteId: string | null;
  state: AccountState;
  reason: string | null;
  /** A removal is wanted and not done. */
  removal: boolean;
  removalSince: Date | null;
  nextAttemptAt: Date | null;
  /** The app was last seen to have it active, or what it has is uncertain. */
  hasAccess: boolean;
  hold: RemovalHold | null;
  /** The newest removal that the app has done. */
  removalId: string | null;
  confirmation: RemovalConfirmation | null;
  confirmedAt: Date | null;
};

const LIST: NamedStatement<OffboardingRecord> = {
  name: "list-offboarding",
  text: `
select a.connection_id as "connectionId", c.app_id as "appId", coalesce(a.remote_id, r.remote_id) as "remoteId", a.state, a.reason, a.removal,
  a.removal_since as "removalSince", a.due_at as "nextAttemptAt",
  a.remote_id is not null and (a.verify or a.applied ->> 'active' is distinct from 'false') as "hasAccess",
  ${removalHold("a.connection_id")} as hold, r.id as "removalId", r.confirmation, r.confirmed_at as "confirmedAt"
from accounts a join users u on u.tenant_id = $1 and u.id = a.user_id join connections c on c.tenant_id = $1 and c.id = a.connection_id
  left join lateral (
    select id, remote_id, confirmation, confirmed_at from removals where tenant_id = $1 and user_id = a.user_id and connection_id = a.connection_id
    order by recorded_at desc, id desc limit 1) r on true
where a.tenant_id = $1 and a.user_id = $2 order by a.connection_id limit $3`,
};

/** A person's accounts in all apps with their newest removals, in the order of the connections; undefined when nobody is known. */
export async function listOffboarding(
  tx: Statements,
  tenantId: TenantId,
  input: { userId: string; limit: number },
): Promise<OffboardingRecord[] | undefined> {
  const { userId, limit } = input;
  const records = await tx.named(LIST, [tenantId, userId, limit]);
  if (records.length > 0) return records;
  const known = await tx.run(
    tx.sql.selectFrom("users").select("id").where("tenant_id", "=", tenantId).where("id", "=", userId),
  );
  return known.length === 0 ? undefined : [];
}
