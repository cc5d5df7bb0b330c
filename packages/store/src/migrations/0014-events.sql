-- Events: what changed, written by the change's own transaction, for tenants that switched them on. Webhooks: who is told.

-- ── Before a tenant is known ────────────────────────────────────────────────────────────────────────────────────
-- Whose changes become events. Ids, times and positions only.
create table event_streams (
  tenant_id uuid primary key,
  workspace_id uuid not null,
  enabled boolean not null,
  days integer not null default 30 check (days between 1 and 365),
  -- Transactions below it may have begun before events were switched on. Null until that is committed.
  barrier xid8,
  -- The last position that is not kept any more.
  floor_place xid8 not null default '0',
  floor_seq bigint not null default 0,
  created_at timestamptz not null default now()
);
create index event_streams_workspace on event_streams (workspace_id);

-- Where a webhook is in a tenant's events, one lane each. Written with the record of what was sent.
create table webhook_lanes (
  lane_id uuid primary key,
  tenant_id uuid not null,
  workspace_id uuid not null,
  webhook_id uuid not null,
  place xid8 not null,
  seq bigint not null,
  -- What was committed when the lane began: it is not told.
  snapshot pg_snapshot,
  -- Tries of the event that is next, and since when they fail.
  attempts integer not null default 0,
  failing_since timestamptz
) with (fillfactor = 70);
create unique index webhook_lanes_tenant on webhook_lanes (tenant_id, webhook_id);
create index webhook_lanes_webhook on webhook_lanes (webhook_id);

-- A lane of a webhook, not of a connection; its connection_id is the lane's own id.
alter table lanes add column webhook_id uuid;
drop index lanes_due;
create index lanes_due on lanes (due_at) where due_at is not null and webhook_id is null;
create index lanes_due_webhooks on lanes (due_at) where due_at is not null and webhook_id is not null;
create index lanes_webhook on lanes (webhook_id) where webhook_id is not null;

-- ── Of a workspace ──────────────────────────────────────────────────────────────────────────────────────────────
create table webhooks (
  workspace_id uuid not null references workspaces (id),
  id uuid not null,
  name text,
  url text not null,
  -- Null: every type.
  types text[] check (cardinality(types) between 1 and 100),
  -- Null: of every app.
  app_id uuid,
  state text not null default 'enabled' check (state in ('enabled', 'disabled')),
  state_reason text,
  -- The data key that seals the secrets of this row, wrapped.
  wrapped_key bytea not null,
  sealed_secret bytea not null,
  -- What was the secret before; both sign until the time is over.
  sealed_previous bytea,
  previous_until timestamptz,
  last_success_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, app_id) references apps (workspace_id, id)
);
create index webhooks_app on webhooks (workspace_id, app_id);

-- ── Of a tenant ─────────────────────────────────────────────────────────────────────────────────────────────────
-- In the order of (place, seq). `place` is the writing transaction, or a later one that this one saw committed: so a
-- change never comes before one that it followed, whichever transaction began first (ADR 0021).
create table events (
  tenant_id uuid not null,
  place xid8 not null,
  seq bigint generated always as identity,
  xid xid8 not null default pg_current_xact_id(),
  id uuid not null default gen_random_uuid(),
  at timestamptz not null default now(),
  type text not null,
  directory_id uuid,
  user_id uuid,
  group_id uuid,
  connection_id uuid,
  -- {"userName": {"old": …, "new": …}}
  changes jsonb not null,
  trace_id text,
  primary key (tenant_id, place, seq)
);
create unique index events_id on events (tenant_id, id);

-- What is sent out of turn: an event once more, or a test when it names none.
create table webhook_redeliveries (
  tenant_id uuid not null,
  webhook_id uuid not null,
  id uuid not null,
  event_id uuid,
  created_at timestamptz not null default now(),
  primary key (tenant_id, webhook_id, id)
);
create unique index webhook_redeliveries_event on webhook_redeliveries (tenant_id, webhook_id, event_id);

create table webhook_deliveries (
  tenant_id uuid not null,
  webhook_id uuid not null,
  id uuid not null,
  at timestamptz not null default now(),
  -- Null for a test.
  event_id uuid,
  type text not null,
  outcome text not null check (outcome in ('delivered', 'failed', 'givenUp')),
  status integer,
  detail text,
  duration_ms integer not null,
  number integer not null,
  primary key (tenant_id, webhook_id, id)
);
create index webhook_deliveries_at on webhook_deliveries (tenant_id, at);
create index webhook_deliveries_event on webhook_deliveries (tenant_id, webhook_id, event_id, outcome);

-- ── Writing events ──────────────────────────────────────────────────────────────────────────────────────────────
-- Statement triggers with the rows that came and went: one look at event_streams for whoever has no events, one insert
-- for everybody else. They run in the scope of the statement that fired them, walls included.
create function muster_scope() returns uuid language sql stable as
$$ select nullif(current_setting('muster.tenant_id', true), '')::uuid $$;

create function muster_event_place(tenant uuid) returns xid8 language sql volatile as
$$
  select greatest(pg_current_xact_id(), (select place from events where tenant_id = tenant order by place desc, seq desc limit 1))
$$;

create function muster_ring_webhooks(tenant uuid) returns void language sql volatile as
$$ insert into lane_marks (tenant_id, connection_id, removal) select tenant_id, lane_id, false from webhook_lanes where tenant_id = tenant $$;

-- What differs between two objects, member by member.
create function muster_changes(was jsonb, becomes jsonb) returns jsonb language sql immutable parallel safe as
$$
  select coalesce(jsonb_object_agg(key, jsonb_build_object('old', was -> key, 'new', becomes -> key)), '{}')
  from (select jsonb_object_keys(coalesce(was, '{}')) as key union select jsonb_object_keys(coalesce(becomes, '{}'))) keys
  where was -> key is distinct from becomes -> key
$$;

create function muster_told_user(user_name text, external_id text, active boolean, attributes jsonb) returns jsonb language sql immutable as
$$
  select jsonb_strip_nulls(jsonb_build_object('userName', user_name, 'externalId', external_id, 'active', active)) || (attributes - 'password')
$$;

create function muster_told_group(display_name text, external_id text, attributes jsonb) returns jsonb language sql immutable as
$$ select jsonb_strip_nulls(jsonb_build_object('displayName', display_name, 'externalId', external_id)) || attributes $$;

create function muster_told_connection(told connections) returns jsonb language sql immutable as
$$
  select jsonb_build_object('name', told.name, 'appId', told.app_id, 'baseUrl', told.base_url, 'authScheme', told.auth_scheme, 'onLeave', told.on_leave,
    'deleteAfterDays', told.delete_after_days, 'updateMethod', told.update_method, 'adoption', told.adoption, 'adoptionAsk', told.adoption_ask,
    'adoptionMatch', told.adoption_match, 'maxInFlight', told.max_in_flight, 'ratePerSecond', told.rate_per_second, 'guardPercent', told.guard_percent,
    'everyone', told.everyone, 'precedence', told.precedence, 'defaultRole', told.default_role, 'mayCreate', told.may_create,
    'mayUpdate', told.may_update, 'mayDeactivate', told.may_deactivate, 'mayDelete', told.may_delete,
    'compareEveryHours', told.compare_every_hours, 'comparePolicy', told.compare_policy)
$$;

create function muster_tell_users() returns trigger language plpgsql as
$$
declare written bigint;
begin
  if not exists (select 1 from event_streams where tenant_id = muster_scope() and enabled) then return null; end if;
  if tg_op = 'INSERT' then
    insert into events (tenant_id, place, type, directory_id, user_id, changes)
    select n.tenant_id, (select muster_event_place(muster_scope())), 'user.created', n.directory_id, n.id, muster_changes(null, muster_told_user(n.user_name, n.external_id, n.active, n.attributes))
    from now_rows n where n.tenant_id = muster_scope() and n.deleted_at is null order by n.id;
  else
    insert into events (tenant_id, place, type, directory_id, user_id, changes)
    select e.tenant_id, (select muster_event_place(muster_scope())), e.type, e.directory_id, e.id, e.changes
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
create trigger tell_inserted after insert on users referencing new table as now_rows for each statement execute function muster_tell_users();
create trigger tell_updated after update on users referencing old table as was_rows new table as now_rows
  for each statement execute function muster_tell_users();

create function muster_tell_groups() returns trigger language plpgsql as
$$
declare written bigint;
begin
  if not exists (select 1 from event_streams where tenant_id = muster_scope() and enabled) then return null; end if;
  if tg_op = 'INSERT' then
    insert into events (tenant_id, place, type, directory_id, group_id, changes)
    select n.tenant_id, (select muster_event_place(muster_scope())), 'group.created', n.directory_id, n.id, muster_changes(null, muster_told_group(n.display_name, n.external_id, n.attributes))
    from now_rows n where n.tenant_id = muster_scope() order by n.id;
  elsif tg_op = 'DELETE' then
    insert into events (tenant_id, place, type, directory_id, group_id, changes)
    select w.tenant_id, (select muster_event_place(muster_scope())), 'group.deleted', w.directory_id, w.id, muster_changes(muster_told_group(w.display_name, w.external_id, w.attributes), null)
    from was_rows w where w.tenant_id = muster_scope() order by w.id;
  else
    insert into events (tenant_id, place, type, directory_id, group_id, changes)
    select e.tenant_id, (select muster_event_place(muster_scope())), case when e.changes ? 'displayName' then 'group.renamed' else 'group.updated' end,
      e.directory_id, e.id, e.changes
    from (
      select n.tenant_id, n.id, n.directory_id, muster_changes(muster_told_group(w.display_name, w.external_id, w.attributes), muster_told_group(n.display_name, n.external_id, n.attributes)) as changes
      from was_rows w join now_rows n on n.id = w.id where n.tenant_id = muster_scope() and w.tenant_id = muster_scope()
    ) e where e.changes <> '{}' order by e.id;
  end if;
  get diagnostics written = row_count;
  if written > 0 then perform muster_ring_webhooks(muster_scope()); end if;
  return null;
end
$$;
create trigger tell_inserted after insert on groups referencing new table as now_rows for each statement execute function muster_tell_groups();
create trigger tell_updated after update on groups referencing old table as was_rows new table as now_rows
  for each statement execute function muster_tell_groups();
create trigger tell_deleted after delete on groups referencing old table as was_rows for each statement execute function muster_tell_groups();

-- The directory is the person's: of a deleted group nothing is left by now.
create function muster_tell_memberships() returns trigger language plpgsql as
$$
declare written bigint;
begin
  if not exists (select 1 from event_streams where tenant_id = muster_scope() and enabled) then return null; end if;
  insert into events (tenant_id, place, type, directory_id, user_id, group_id, changes)
  select r.tenant_id, (select muster_event_place(muster_scope())), case when tg_op = 'INSERT' then 'membership.added' else 'membership.removed' end,
    u.directory_id, r.user_id, r.group_id, '{}'
  from moved_rows r cross join lateral (select directory_id from users where tenant_id = muster_scope() and id = r.user_id offset 0) u
  where r.tenant_id = muster_scope() order by r.group_id, r.user_id;
  get diagnostics written = row_count;
  if written > 0 then perform muster_ring_webhooks(muster_scope()); end if;
  return null;
end
$$;
create trigger tell_inserted after insert on memberships referencing new table as moved_rows
  for each statement execute function muster_tell_memberships();
create trigger tell_deleted after delete on memberships referencing old table as moved_rows
  for each statement execute function muster_tell_memberships();

-- Connections change seldom, but note their last attempt all the time: a condition for each row costs less than the rows.
create function muster_tell_connection() returns trigger language plpgsql as
$$
declare told jsonb := '{}';
begin
  if not exists (select 1 from event_streams where tenant_id = muster_scope() and enabled) then return null; end if;
  if tg_op = 'INSERT' then
    insert into events (tenant_id, place, type, directory_id, connection_id, changes)
    values (new.tenant_id, muster_event_place(new.tenant_id), 'connection.created', new.directory_id, new.id, muster_changes(null, muster_told_connection(new)));
  else
    told := muster_changes(muster_told_connection(old), muster_told_connection(new));
    if new.sealed_auth is distinct from old.sealed_auth then
      told := told || '{"credential": {"old": "hidden", "new": "hidden"}}';
    end if;
    if told <> '{}' then
      insert into events (tenant_id, place, type, directory_id, connection_id, changes)
      values (new.tenant_id, muster_event_place(new.tenant_id), 'connection.updated', new.directory_id, new.id, told);
    end if;
    if new.state is distinct from old.state then
      insert into events (tenant_id, place, type, directory_id, connection_id, changes)
      values (new.tenant_id, muster_event_place(new.tenant_id),
        case new.state when 'active' then 'connection.recovered' when 'disabled' then 'connection.disabled' else 'connection.quarantined' end,
        new.directory_id, new.id,
        muster_changes(jsonb_build_object('state', old.state, 'reason', old.state_reason), jsonb_build_object('state', new.state, 'reason', new.state_reason)));
    end if;
  end if;
  perform muster_ring_webhooks(new.tenant_id);
  return null;
end
$$;
create trigger tell_inserted after insert on connections for each row execute function muster_tell_connection();
create trigger tell_updated after update on connections for each row
  when (old.state is distinct from new.state or old.sealed_auth is distinct from new.sealed_auth
    or muster_told_connection(old) is distinct from muster_told_connection(new))
  execute function muster_tell_connection();

-- A pause by hand is the lane's, which says nothing; its audit row does.
create function muster_tell_pause() returns trigger language plpgsql as
$$
begin
  if not exists (select 1 from event_streams where tenant_id = muster_scope() and enabled) then return null; end if;
  insert into events (tenant_id, place, type, directory_id, connection_id, changes)
  select c.tenant_id, muster_event_place(c.tenant_id), case new.action when 'connection.pause' then 'connection.paused' else 'connection.resumed' end,
    c.directory_id, c.id, '{}'
  from connections c where c.tenant_id = new.tenant_id and c.id = new.target::uuid;
  perform muster_ring_webhooks(new.tenant_id);
  return null;
end
$$;
create trigger tell_pause after insert on audit for each row when (new.action in ('connection.pause', 'connection.resume'))
  execute function muster_tell_pause();

create function muster_tell_conflict() returns trigger language plpgsql as
$$
begin
  if not exists (select 1 from event_streams where tenant_id = muster_scope() and enabled) then return null; end if;
  insert into events (tenant_id, place, type, directory_id, user_id, connection_id, changes)
  select c.tenant_id, muster_event_place(c.tenant_id), 'account.conflict', c.directory_id, new.user_id, c.id,
    muster_changes(null, jsonb_build_object('why', new.why))
  from connections c where c.tenant_id = new.tenant_id and c.id = new.connection_id;
  perform muster_ring_webhooks(new.tenant_id);
  return null;
end
$$;
create trigger tell_inserted after insert on conflicts for each row execute function muster_tell_conflict();

-- What the record of an account means: no event, one, or several when roles change too. Accounts are written far more often
-- than they change, so the record asks for this itself, and has no trigger.
create function muster_account_events(was_remote text, was jsonb, was_state text, remote text, becomes jsonb, state text, reason text)
  returns table (nr integer, type text, changes jsonb) language sql immutable as
$$
  with roles as (
    select role, bool_or(held) as held, bool_or(holds) as holds from (
      select r ->> 'value' as role, true as held, false as holds from jsonb_array_elements(case when jsonb_typeof(was -> 'roles') = 'array' then was -> 'roles' else '[]' end) r
      union all
      select r ->> 'value', false, true from jsonb_array_elements(
        case when becomes is not null and remote is not null and jsonb_typeof(becomes -> 'roles') = 'array' then becomes -> 'roles' else '[]' end) r
    ) both_sides group by role
  ), told as (
    select muster_changes(was - 'schemas', becomes - 'schemas') as changes
  )
  select 1, case when was_remote is null then 'account.created'
      when was -> 'active' is distinct from 'false' and becomes -> 'active' = 'false' then 'account.deactivated'
      when was -> 'active' = 'false' and becomes -> 'active' = 'true' then 'account.activated' else 'account.updated' end, told.changes
  from told where remote is not null and becomes is not null and (was_remote is null or told.changes <> '{}')
  union all
  select 1, 'account.deleted', muster_changes(was - 'schemas', null) where was_remote is not null and remote is null
  union all
  select 2, case when holds then 'role.granted' else 'role.revoked' end,
    jsonb_build_object('role', jsonb_build_object('old', case when held then role end, 'new', case when holds then role end))
  from roles where held <> holds and (remote is null or becomes is not null)
  union all
  select 3, 'account.failed', muster_changes(jsonb_build_object('state', was_state), jsonb_build_object('state', state, 'reason', reason))
  where state in ('failing', 'stopped') and was_state not in ('failing', 'stopped')
$$;

-- ── Walls ───────────────────────────────────────────────────────────────────────────────────────────────────────
do $$
declare name text;
begin
  foreach name in array array['events', 'webhook_redeliveries', 'webhook_deliveries']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (tenant_id = nullif(current_setting(''muster.tenant_id'', true), '''')::uuid)', name);
  end loop;
end $$;
alter table webhooks enable row level security;
alter table webhooks force row level security;
create policy workspace on webhooks using (workspace_id = nullif(current_setting('muster.workspace_id', true), '')::uuid);
grant select, insert, update, delete on event_streams, webhook_lanes, webhooks, events, webhook_redeliveries, webhook_deliveries to muster_app;
grant delete on lanes to muster_app;
