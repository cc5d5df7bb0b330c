-- An edit of what decides a connection's accounts that applies to chosen people first.

-- One for each connection. Its version holds it as the edit that would save it; here is what is evaluated.
create table rollouts (
  tenant_id uuid not null,
  connection_id uuid not null,
  directory_id uuid not null,
  version_id uuid not null,
  number integer not null,
  actor text not null,
  started_at timestamptz not null default now(),
  -- {"everyone", "terms", "precedence", "defaultRole", "personRoles", "manualRoles", "readsNames", "rules": [{"role", "condition",
  -- "needsGroup"}], "mapping"}: groups are rows, and no mapping is that of the app.
  policy jsonb not null,
  -- Conditions or the mapping ask for the names of groups, so that any group may decide.
  reads_names boolean not null,
  -- People's attributes decide who is in scope.
  judges_attributes boolean not null,
  primary key (tenant_id, connection_id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  foreign key (tenant_id, connection_id, version_id) references policy_versions (tenant_id, connection_id, id)
);
create index rollouts_directory on rollouts (tenant_id, directory_id);
create index rollouts_version on rollouts (tenant_id, connection_id, version_id);

-- The single people that it applies to.
create table rollout_people (
  tenant_id uuid not null,
  connection_id uuid not null,
  user_id uuid not null,
  primary key (tenant_id, connection_id, user_id),
  foreign key (tenant_id, connection_id) references rollouts (tenant_id, connection_id) on delete cascade,
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index rollout_people_user on rollout_people (tenant_id, user_id);

-- The groups that decide anything about it: whose members it applies to (chosen), who is assigned, what its rules are about. A
-- group that is gone stays by its id: nobody is in it, until it is brought back.
create table rollout_groups (
  tenant_id uuid not null,
  connection_id uuid not null,
  part text not null check (part in ('chosen', 'assigned', 'rule')),
  position integer not null,
  group_id uuid not null,
  primary key (tenant_id, connection_id, part, position, group_id),
  foreign key (tenant_id, connection_id) references rollouts (tenant_id, connection_id) on delete cascade
);
create index rollout_groups_group on rollout_groups (tenant_id, group_id);

-- Names that no group has yet, and patterns, which stay.
create table rollout_names (
  tenant_id uuid not null,
  connection_id uuid not null,
  part text not null check (part in ('assigned', 'rule')),
  position integer not null,
  display_name_key text,
  name_pattern text,
  primary key (tenant_id, connection_id, part, position),
  foreign key (tenant_id, connection_id) references rollouts (tenant_id, connection_id) on delete cascade,
  check (num_nonnulls(display_name_key, name_pattern) = 1)
);

-- A version that applied to some people only; what applied to everybody is the latest without it.
alter table policy_versions add column staged boolean not null default false;

-- ── Walls ───────────────────────────────────────────────────────────────────────────────────────────────────────
do $$
declare name text;
begin
  foreach name in array array['rollouts', 'rollout_people', 'rollout_groups', 'rollout_names']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (tenant_id = nullif(current_setting(''muster.tenant_id'', true), '''')::uuid)', name);
  end loop;
end $$;
grant select, insert, update, delete on rollouts, rollout_people, rollout_groups, rollout_names to muster_app;

-- ── Events ──────────────────────────────────────────────────────────────────────────────────────────────────────
-- Whatever is done with a rollout has its audit row, which says all that there is to tell.
create function muster_tell_rollout() returns trigger language plpgsql as
$$
begin
  if not exists (select 1 from event_streams where tenant_id = muster_scope() and enabled) then return null; end if;
  insert into events (tenant_id, place, type, directory_id, connection_id, changes)
  select c.tenant_id, muster_event_place(c.tenant_id),
    case new.action when 'rollout.start' then 'rollout.started' when 'rollout.people' then 'rollout.changed'
      when 'rollout.promote' then 'rollout.promoted' else 'rollout.dropped' end,
    c.directory_id, c.id, '{}'
  from connections c where c.tenant_id = new.tenant_id and c.id = new.target::uuid;
  perform muster_ring_webhooks(new.tenant_id);
  return null;
end
$$;
create trigger tell_rollout after insert on audit for each row
  when (new.action in ('rollout.start', 'rollout.people', 'rollout.promote', 'rollout.drop'))
  execute function muster_tell_rollout();
