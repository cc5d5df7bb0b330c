import { sql } from "kysely";
import type { NamedStatement, Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";

/**
 * What somebody waits for whose account is held: a seat; approval of a removal that the guard held; a decision about an account that may
 * be theirs; the connection's gate. other: nothing that comes by itself, as the reason says (the lockout guard, a rejected removal, a
 * date that cannot be read).
 */
export type WaitsFor = "approval" | "decision" | "seat" | "gate" | "other";

/** For rows `a` of accounts that are shown one by one: looked up by key, and for those that are held only. */
export const WAITS_FOR = sql<WaitsFor | null>`case when a.state <> 'held' then null
  when a.waits_since is not null then 'seat'
  when exists (select 1 from held_removals h where h.tenant_id = a.tenant_id and h.connection_id = a.connection_id and h.user_id = a.user_id
    and h.state = 'held') then 'approval'
  when exists (select 1 from conflicts c where c.tenant_id = a.tenant_id and c.connection_id = a.connection_id and c.user_id = a.user_id
    and c.decision is null) then 'decision'
  when (select gate <> 'open' from connections c where c.tenant_id = a.tenant_id and c.id = a.connection_id) and a.remote_id is null then 'gate'
  else 'other' end`;

export type HeldCounts = Record<WaitsFor, number>;

// From the side of those that are few: behind a closed gate everybody is held.
const COUNT: NamedStatement<{ seat: number; approval: number; decision: number; gate: number }> = {
  name: "count-held",
  text: `
with waiting as materialized (
  select h.user_id, true as removal from held_removals h where h.tenant_id = $1 and h.connection_id = $2 and h.state = 'held'
  union all
  select c.user_id, false from conflicts c where c.tenant_id = $1 and c.connection_id = $2 and c.decision is null
    and not exists (select 1 from held_removals h where h.tenant_id = $1 and h.connection_id = $2 and h.user_id = c.user_id and h.state = 'held')
), named as (
  select count(*) filter (where w.removal) as approval, count(*) filter (where not w.removal) as decision,
    count(*) filter (where a.remote_id is null) as unlinked
  from waiting w join accounts a on a.tenant_id = $1 and a.connection_id = $2 and a.user_id = w.user_id
  where a.state = 'held' and a.waits_since is null
), held as (
  select count(*) filter (where waits_since is not null) as seat, count(*) filter (where waits_since is null and remote_id is null) as unlinked
  from accounts where tenant_id = $1 and connection_id = $2 and state = 'held'
)
select held.seat, named.approval, named.decision,
  case when (select gate <> 'open' from connections where tenant_id = $1 and id = $2) then held.unlinked - named.unlinked else 0 end as gate
from held, named`,
};

/** Counts what those wait for of whom `held` accounts of a connection are held. */
export async function countHeld(
  tx: Statements,
  tenantId: TenantId,
  { connectionId, held }: { connectionId: string; held: number },
): Promise<HeldCounts> {
  const none = { approval: 0, decision: 0, seat: 0, gate: 0, other: 0 };
  const [row] = held === 0 ? [] : await tx.named(COUNT, [tenantId, connectionId]);
  if (row === undefined) return none;
  const { seat, approval, decision, gate } = row;
  return { seat, approval, decision, gate, other: Math.max(0, held - seat - approval - decision - gate) };
}
