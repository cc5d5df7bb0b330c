import type { NamedStatement, Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";

// Who holds a seat, by what is known: an account that may be active, one that is being let in, and a create of unknown fate. Somebody
// on the waitlist has none, also when a worker ended while it looked at them.
const TAKES_SEAT =
  "(seated or (remote_id is not null and applied ->> 'active' is distinct from 'false') or (remote_id is null and verify and waits_since is null))";

type SeatKey = { tenantId: TenantId; connectionId: string };

// Whether somebody is in one of the groups that go first, also through nesting, for rows `a` of accounts and `own.first`.
const OWN = `
own as materialized (
  select seat_limit, case when seats_first = '{}' then '{}' else array(
    select unnest(seats_first)
    union select g.group_id from unnest(seats_first) f(id) cross join lateral (
      select group_id from group_ancestors where tenant_id = $1 and ancestor_id = f.id offset 0) g) end as first
  from connections where tenant_id = $1 and id = $2
)`;
const GOES_LATER = `case when (select first from own) = '{}' then false else not exists (
    select 1 from memberships m where m.tenant_id = $1 and m.user_id = a.user_id and m.group_id = any((select first from own)::uuid[]) offset 0) end`;

/** The waitlist after some were let in. */
export type Admission = { admitted: number; waiting: number; limit: number };

// Seats are counted only while somebody waits. The rows are there: as an upsert each is found by its key (ADR 0040), in the order of
// ids, in which those who mark people lock them too.
const ADMIT: NamedStatement<Admission> = {
  name: "admit-waiting",
  text: `
with ${OWN}, taken as materialized (
  select count(*) as seats from accounts where tenant_id = $1 and connection_id = $2 and ${TAKES_SEAT}
    and (select exists (select 1 from accounts where tenant_id = $1 and connection_id = $2 and waits_since is not null))
), next as materialized (
  select a.user_id from accounts a where a.tenant_id = $1 and a.connection_id = $2 and a.waits_since is not null
  order by ${GOES_LATER}, a.waits_since, a.user_id
  limit greatest(0, least($3, (select seat_limit from own) - (select seats from taken)))
), admitted as (
  insert into accounts (tenant_id, connection_id, user_id) select $1, $2, user_id from next order by user_id
  on conflict (tenant_id, connection_id, user_id) do update set seated = true, waits_since = null, state = 'pending', reason = null, due_at = now()
  returning user_id
)
select (select count(*) from admitted) as admitted, seat_limit as limit, (select count(*) from accounts
  where tenant_id = $1 and connection_id = $2 and waits_since is not null) - (select count(*) from admitted) as waiting
from own where seat_limit is not null`,
};

/**
 * Lets the first of a waitlist in, as many as there are free seats and no more than `limit`; undefined where seats are not limited.
 * Exact only for whoever holds the lane, with its row locked and nothing in flight: nobody else takes seats.
 */
export async function admitWaiting(tx: Statements, lane: SeatKey, limit: number): Promise<Admission | undefined> {
  const [row] = await tx.named(ADMIT, [lane.tenantId, lane.connectionId, limit]);
  return row;
}

/** How many seats of a connection are taken, and who waits; `limit` is null where there is none. */
export type SeatCounts = { limit: number | null; taken: number; waiting: number; waitingSince: Date | null };

const COUNT_SEATS: NamedStatement<SeatCounts> = {
  name: "count-seats",
  text: `
select c.seat_limit as limit, s.taken, s.waiting, s."waitingSince" from connections c cross join lateral (
  select count(*) filter (where ${TAKES_SEAT}) as taken, count(waits_since) as waiting, min(waits_since) as "waitingSince"
  from accounts where tenant_id = $1 and connection_id = $2 and c.seat_limit is not null) s
where c.tenant_id = $1 and c.id = $2`,
};

/** Counts the seats of a connection, where they are limited. */
export async function countSeats(tx: Statements, tenantId: TenantId, connectionId: string): Promise<SeatCounts> {
  const [row] = await tx.named(COUNT_SEATS, [tenantId, connectionId]);
  return row ?? { limit: null, taken: 0, waiting: 0, waitingSince: null };
}

/** Where a page of the waitlist ends: what its order is made of. */
export type WaitKey = { later: boolean; sinceMicros: string; userId: string };
export type WaitingPerson = WaitKey & { userName: string; position: number; since: Date };

const LIST_WAITING: NamedStatement<WaitingPerson> = {
  name: "list-waiting",
  text: `
with ${OWN}, waiting as (
  select a.user_id, a.waits_since, ${GOES_LATER} as later from accounts a
  where a.tenant_id = $1 and a.connection_id = $2 and a.waits_since is not null
), placed as (
  select user_id, waits_since, later, row_number() over (order by later, waits_since, user_id) as position from waiting
)
select p.user_id as "userId", u.user_name as "userName", p.position, p.waits_since as since, p.later,
  (extract(epoch from p.waits_since) * 1000000)::bigint::text as "sinceMicros"
from placed p cross join lateral (select user_name from users where tenant_id = $1 and id = p.user_id offset 0) u
where $3::boolean is null or (p.later, p.waits_since, p.user_id) > ($3::boolean, timestamptz 'epoch' + $4::bigint * interval '1 microsecond', $5::uuid)
order by p.position limit $6`,
};

/** Lists who waits for a seat, in the order in which they are let in. */
export async function listWaiting(
  tx: Statements,
  lane: SeatKey,
  page: { after: WaitKey | undefined; limit: number },
): Promise<WaitingPerson[]> {
  const { after } = page;
  const key = [after?.later ?? null, after?.sinceMicros ?? null, after?.userId ?? null];
  return await tx.named(LIST_WAITING, [lane.tenantId, lane.connectionId, ...key, page.limit]);
}

/** How many seats are free now, and who of the waitlist would be let in first. */
export type FreeSeats = { free: number; next: string[] };

const FREE_SEATS: NamedStatement<FreeSeats> = {
  name: "free-seats",
  text: `
with ${OWN}, free as materialized (
  select greatest(0, seat_limit - (select count(*) from accounts where tenant_id = $1 and connection_id = $2 and ${TAKES_SEAT})) as seats
  from own where seat_limit is not null
)
select seats as free, array(
  select a.user_id from accounts a where a.tenant_id = $1 and a.connection_id = $2 and a.waits_since is not null
  order by ${GOES_LATER}, a.waits_since, a.user_id limit seats) as next
from free`,
};

/** Reads which seats are free; undefined where they are not limited. */
export async function readFreeSeats(tx: Statements, lane: SeatKey): Promise<FreeSeats | undefined> {
  const [row] = await tx.named(FREE_SEATS, [lane.tenantId, lane.connectionId]);
  return row;
}
