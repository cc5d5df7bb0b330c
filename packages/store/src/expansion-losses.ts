import type { LaneRef } from "./accounts.ts";
import type { NamedStatement, Statements } from "./database.ts";
import type { OnLeave } from "./tables.ts";

/** What an unjudged change may take, as it is kept with it. */
export type JudgedChange = {
  guard: "scope" | "people";
  onLeave: OnLeave;
  /** Who has access now, by their ids. */
  userIds: string[];
  /** Up to whom that is; null when nobody comes after them. */
  upTo: string | null;
};

const NEXT_TO_JUDGE: NamedStatement<JudgedChange> = {
  name: "next-to-judge",
  // Whoever has access now: an account that is linked and not known to be inactive.
  text: `
with expansion as materialized (
  select e.guard, coalesce(cardinality(e.user_ids), 0) = 0 as whole, e.user_ids,
    coalesce(e.judged_after, '00000000-0000-0000-0000-000000000000') as after, c.on_leave
  from expansions e join connections c on c.tenant_id = $1 and c.id = $2
  where e.tenant_id = $1 and e.connection_id = $2 and e.id = $3 and e.guard is not null and not e.judged
), listed as (
  select distinct w.id from expansion, unnest(user_ids) as w(id) where w.id > after order by w.id limit $4
), chunk as (
  (select user_id from accounts where tenant_id = $1 and connection_id = $2 and remote_id is not null and applied ->> 'active' is distinct from 'false'
    and (select whole from expansion) and user_id > (select after from expansion) order by user_id limit $4)
  union all
  (select a.user_id from listed l cross join lateral (
      select user_id from accounts where tenant_id = $1 and connection_id = $2 and user_id = l.id and remote_id is not null
        and applied ->> 'active' is distinct from 'false' offset 0) a)
)
select guard, on_leave as "onLeave", (select coalesce(array_agg(user_id order by user_id), '{}') from chunk) as "userIds",
  case when whole then (select user_id from chunk order by user_id offset $4 - 1 limit 1) else (select id from listed order by id offset $4 - 1 limit 1) end as "upTo"
from expansion`,
};

/** The next people of whom it is to be found out whether a change takes access from them; undefined when that is known of all. */
export async function nextToJudge(
  tx: Statements,
  lane: LaneRef,
  expansionId: string,
  limit: number,
): Promise<JudgedChange | undefined> {
  const [row] = await tx.named(NEXT_TO_JUDGE, [lane.tenantId, lane.connectionId, expansionId, limit]);
  return row;
}

const NOTE_LOSSES: NamedStatement<{ id: string }> = {
  name: "note-losses",
  text: `
with losses as (
  insert into expansion_losses (tenant_id, connection_id, expansion_id, user_id) select $1, $2, $3, id from unnest($5::uuid[]) as w(id) order by id
  on conflict do nothing
)
update expansions set judged_after = coalesce($4, judged_after), judged = $4::uuid is null
where tenant_id = $1 and connection_id = $2 and id = $3 returning id`,
};

/** Notes from whom a change would take access, of all up to `upTo`; with null these were the last. */
export async function noteLosses(
  tx: Statements,
  lane: LaneRef,
  expansionId: string,
  noted: { upTo: string | null; losing: readonly string[] },
): Promise<void> {
  await tx.named(NOTE_LOSSES, [lane.tenantId, lane.connectionId, expansionId, noted.upTo, noted.losing]);
}
