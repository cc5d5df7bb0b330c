/**
 * The events of a record of accounts, as common table expressions behind `fence` and `outcome`; `$1` is the tenant, `$2` the
 * connection. A tenant without events costs one look-up and no row: the condition is asked once, before anything is read.
 * Accounts are seen as they were before the record, and an event has the account's trace.
 */
export const TELL_ACCOUNTS = `told as (
  insert into events (tenant_id, place, type, directory_id, user_id, connection_id, changes, trace_id)
  select $1, (select muster_event_place($1)), e.type, (select directory_id from connections where tenant_id = $1 and id = $2), o."userId", $2, e.changes,
    replace(a.trace_id::text, '-', '')
  from fence cross join outcome o cross join lateral (
    select remote_id, applied, state, trace_id from accounts where tenant_id = $1 and connection_id = $2 and user_id = o."userId" offset 0) a
  cross join lateral muster_account_events(a.remote_id, a.applied, a.state, o."remoteId", nullif(o.applied, 'null'::jsonb), o.state, o.reason) e
  where (select enabled from event_streams where tenant_id = $1)
  order by o."userId", e.nr
  returning seq
), told_lanes as (
  insert into lane_marks (tenant_id, connection_id, removal)
  select $1, lane_id, false from webhook_lanes where tenant_id = $1 and exists (select 1 from told)
)`;
