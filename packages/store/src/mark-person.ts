import { LET_GO } from "./holds-of-people.ts";

/**
 * Marks every account of the people in `changed` (id, removal, trace_id) and the lanes that they are in, as three common table
 * expressions `touched`, `marked` and `rung`; those who are removed leave the holds that they were in. `$1` is the tenant.
 *
 * Written as an insert, because that looks rows up by key whatever the planner believes: a named statement keeps the plan
 * it got when the tables were empty, and an update planned then reads a tenant's accounts for each person. The order
 * is that of every other writer of accounts, so two of them wait for each other and never in a circle (F19). An account
 * that is due already stays where it is in its lane.
 */
export const MARK_CHANGED = `${LET_GO}, touched as (
  select a.connection_id, c.id as user_id, c.removal, c.trace_id from changed c
  cross join lateral (select connection_id from accounts where tenant_id = $1 and user_id = c.id offset 0) a
), marked as (
  insert into accounts (tenant_id, connection_id, user_id, removal, removal_since, trace_id)
  select $1, connection_id, user_id, removal, case when removal then now() end, trace_id from touched order by connection_id, user_id
  on conflict (tenant_id, connection_id, user_id) do update
    set desired_generation = accounts.desired_generation + 1, due_at = least(accounts.due_at, now()), state = 'pending',
      removal = accounts.removal or excluded.removal, removal_since = coalesce(accounts.removal_since, excluded.removal_since),
      trace_id = excluded.trace_id
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal)
  select $1::uuid, connection_id, bool_or(removal) from touched group by connection_id
  returning connection_id, removal
)`;
