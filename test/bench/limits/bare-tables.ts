/** Rings the worker of the bare pipeline. */
export const CHANNEL = "bare_changes";

/** People, and a note of each change until it has been pushed. */
export const BARE_TABLES = `
drop table if exists bare_people, bare_changes;
create table bare_people (id uuid primary key, created_at timestamptz not null default now(), attributes jsonb not null);
create table bare_changes (
  seq bigint generated always as identity, xid xid8 not null default pg_current_xact_id(), user_id uuid not null, primary key (xid, seq))`;

export const INSERT_PEOPLE = `
with people as (
  insert into bare_people (id, attributes) select * from unnest($1::uuid[], $2::jsonb[]) returning id, created_at
), changes as (
  insert into bare_changes (user_id) select id from people
)
select created_at from people limit 1`;

/**
 * The next changes after a place in commit order. What a transaction wrote that may still be running is left for later: it may
 * come to stand before what has been read already.
 */
export const NEXT_CHANGES = `
select c.xid::text, c.seq::text, c.user_id as id, p.attributes from bare_changes c join bare_people p on p.id = c.user_id
where (c.xid, c.seq) > ($1::text::xid8, $2::bigint) and c.xid < pg_snapshot_xmin(pg_current_snapshot())
order by c.xid, c.seq limit 500`;

export const FORGET_CHANGES = `
delete from bare_changes c using unnest($1::text[], $2::bigint[]) as d(xid, seq) where c.xid = d.xid::xid8 and c.seq = d.seq`;
