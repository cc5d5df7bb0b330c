-- Events carry the trace of the request that made the change, as accounts, audit rows and attempts do.

-- What a transaction of one request writes has its trace by itself.
alter table events alter column trace_id set default nullif(current_setting('muster.trace_id', true), '');

-- Creates and updates of people share a transaction with those of other requests; each has an audit row, of the same statement,
-- with its own trace. One of an earlier transaction says nothing about this change.
create function muster_trace_of(tenant uuid, about uuid) returns text language sql stable as
$$
  select coalesce(nullif(current_setting('muster.trace_id', true), ''), (
    select replace(a.trace_id::text, '-', '') from audit a
    where a.tenant_id = tenant and a.target = about::text and a.at = now() order by a.id desc limit 1))
$$;

create or replace function muster_tell_users() returns trigger language plpgsql as
$$
declare written bigint;
begin
  if not exists (select 1 from event_streams where tenant_id = muster_scope() and enabled) then return null; end if;
  if tg_op = 'INSERT' then
    insert into events (tenant_id, place, type, directory_id, user_id, changes, trace_id)
    select n.tenant_id, (select muster_event_place(muster_scope())), 'user.created', n.directory_id, n.id,
      muster_changes(null, muster_told_user(n.user_name, n.external_id, n.active, n.attributes)), muster_trace_of(n.tenant_id, n.id)
    from now_rows n where n.tenant_id = muster_scope() and n.deleted_at is null order by n.id;
  else
    insert into events (tenant_id, place, type, directory_id, user_id, changes, trace_id)
    select e.tenant_id, (select muster_event_place(muster_scope())), e.type, e.directory_id, e.id, e.changes, muster_trace_of(e.tenant_id, e.id)
    from (
      select n.tenant_id, n.id, n.directory_id,
        case when n.deleted_at is not null then 'user.deleted' when w.deleted_at is not null then 'user.returned'
          when n.active and not w.active then 'user.activated' when w.active and not n.active then 'user.deactivated' else 'user.updated' end as type,
        muster_changes(case when w.deleted_at is null then muster_told_user(w.user_name, w.external_id, w.active, w.attributes) end, case when n.deleted_at is null then muster_told_user(n.user_name, n.external_id, n.active, n.attributes) end) as changes
      from was_rows w join now_rows n on n.id = w.id
      where n.tenant_id = muster_scope() and w.tenant_id = muster_scope() and (w.deleted_at is null or n.deleted_at is null)
    ) e where e.changes <> '{}' order by e.id;
  end if;
  get diagnostics written = row_count;
  if written > 0 then perform muster_ring_webhooks(muster_scope()); end if;
  return null;
end
$$;

-- Written by a lane, for an account that has the trace of what led to it.
create or replace function muster_tell_conflict() returns trigger language plpgsql as
$$
begin
  if not exists (select 1 from event_streams where tenant_id = muster_scope() and enabled) then return null; end if;
  insert into events (tenant_id, place, type, directory_id, user_id, connection_id, changes, trace_id)
  select c.tenant_id, muster_event_place(c.tenant_id), 'account.conflict', c.directory_id, new.user_id, c.id,
    muster_changes(null, jsonb_build_object('why', new.why)),
    (select replace(trace_id::text, '-', '') from accounts where tenant_id = new.tenant_id and connection_id = new.connection_id and user_id = new.user_id)
  from connections c where c.tenant_id = new.tenant_id and c.id = new.connection_id;
  perform muster_ring_webhooks(new.tenant_id);
  return null;
end
$$;
