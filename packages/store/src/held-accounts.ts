import { sql } from "kysely";
import type { NamedStatement, Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";

/**
 * What somebody waits for whose account is held: a seat; a word about a removal that the guard held; approval of a step; a decision about
 * an account that may be theirs; the connection's gate. other: nothing that comes by itself, as the reason says (the lockout guard, a
 * rejected removal or step, a date that cannot be read).
 */
export type WaitsFor = "removal" | "approval" | "decision" | "seat" | "gate" | "other";

/** For rows `a` of accounts that are shown one by one: looked up by key, and for those that are held only. */
export const WAITS_FOR = sql<WaitsFor | null>`case when a.state <> 'held' then null
  when a.waits_since is not null then 'seat'
  when exists (select 1 from held_removals h where h.tenant_id = a.tenant_id and h.connection_id = a.connection_id and h.user_id = a.user_id
    and h.state = 'held') then 'removal'
  when exists (select 1 from approvals p where p.tenant_id = a.tenant_id and p.connection_id = a.connection_id and p.user_id = a.user_id
    and p.state = 'waiting') then 'approval'
  when exists (select 1 from conflicts c where c.tenant_id = a.tenant_id and c.connection_id = a.connection_id and c.user_id = a.user_id
    and c.decision is null) then 'decision'
  when (select gate <> 'open' from connections c where c.tenant_id = a.tenant_id and c.id = a.connection_id) and a.remote_id is null then 'gate'
  else 'other' end`;

export type HeldCounts = Record<WaitsFor, number>;

// From the side of those that are few: behind a closed gate everybody is held.
const COUNT: NamedStatement<{ seat: number; removal: number; approval: number; decision: number; gate: number }> = {
  name: "count-held",
  text: `
with waiting as materialized (
  -- Whoever waits for more than one thing is counted for the first of these, as it is said of them alone.
  select user_id, min(what) as what from (
    select user_id, 1 as what from held_removals where tenant_id = $1 and connection_id = $2 and state = 'held'
    union all
    select user_id, 2 from approvals where tenant_id = $1 and connection_id = $2 and state = 'waiting'
    union all
    select user_id, 3 from conflicts where tenant_id = $1 and connection_id = $2 and decision is null
  ) each group by user_id
), named as (
  select count(*) filter (where w.what = 1) as removal, count(*) filter (where w.what = 2) as approval, count(*) filter (where w.what = 3) as decision,
    count(*) filter (where a.remote_id is null) as unlinked
  from waiting w join accounts a on a.tenant_id = $1 and a.connection_id = $2 and a.user_id = w.user_id
  where a.state = 'held' and a.waits_since is null
), held as (
  select count(*) filter (where waits_since is not null) as seat, count(*) filter (where waits_since is null and remote_id is null) as unlinked
  from accounts where tenant_id = $1 and connection_id = $2 and state = 'held'
)
select held.seat, named.removal, named.approval, named.decision,
  case when (select gate <> 'open' from connections where tenant_id = $1 and id = $2) then held.unlinked - named.unlinked else 0 end as gate
from held, named`,
};

/** Counts what those wait for of whom `held` accounts of a connection are held. */
export async function countHeld(
  tx: Statements,
  tenantId: TenantId,
  { connectionId, held }: { connectionId: string; held: number },
): Promise<HeldCounts> {
  const none = { removal: 0, approval: 0, decision: 0, seat: 0, gate: 0, other: 0 };
  const [row] = held === 0 ? [] : await tx.named(COUNT, [tenantId, connectionId]);
  if (row === undefined) return none;
  const { seat, removal, approval, decision, gate } = row;
  const other = Math.max(0, held - seat - removal - approval - decision - gate);
  return { removal, approval, decision, seat, gate, other };
}
