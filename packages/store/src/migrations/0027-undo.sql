-- What memberships, people and groups were before, and undos: a directory put back to what it was at a time.

-- ── History ─────────────────────────────────────────────────────────────────────────────────────────────────────
-- Memberships say since when they are; these rows say what was there before. Together they are the whole of memberships, active
-- flags and groups at any time since `directories.history_since`. Kept as long as the directory keeps deleted people.

-- Ids and times only: it outlives its people and groups.
create table past_memberships (
  tenant_id uuid not null,
  directory_id uuid not null,
  left_at timestamptz not null default now(),
  id bigint generated always as identity,
  group_id uuid not null,
  user_id uuid not null,
  -- Null: before it was kept.
  joined_at timestamptz,
  primary key (tenant_id, directory_id, left_at, id)
);
create index past_memberships_pair on past_memberships (tenant_id, user_id, group_id);

-- What a person was until then.
create table past_people (
  tenant_id uuid not null,
  directory_id uuid not null,
  until timestamptz not null default now(),
  id bigint generated always as identity,
  user_id uuid not null,
  active boolean not null,
  deleted boolean not null,
  primary key (tenant_id, directory_id, until, id)
);
create index past_people_user on past_people (tenant_id, user_id, until, id);

-- A deleted group as it was, with what referred to it and is deleted with it.
create table past_groups (
  tenant_id uuid not null,
  directory_id uuid not null,
  deleted_at timestamptz not null default now(),
  id bigint generated always as identity,
  group_id uuid not null,
  display_name text not null,
  display_name_key text collate "C" not null,
  external_id text,
  attributes jsonb not null,
  version bigint not null,
  created_at timestamptz not null,
  parked text[] not null,
  -- Connections whose gate it opened.
  gates uuid[] not null,
  primary key (tenant_id, directory_id, deleted_at, id)
);
create index past_groups_group on past_groups (tenant_id, group_id, deleted_at, id);

alter table group_members add column at timestamptz;
alter table group_members alter column at set default now();
create table past_nesting (
  tenant_id uuid not null,
  directory_id uuid not null,
  left_at timestamptz not null default now(),
  id bigint generated always as identity,
  group_id uuid not null,
  member_group_id uuid not null,
  joined_at timestamptz,
  primary key (tenant_id, directory_id, left_at, id)
);

-- An assignment or rule that named a group by its id goes back to it when it comes back.
alter table assignments add column lost_group_id uuid;
alter table rules add column lost_group_id uuid;
create index assignments_lost on assignments (tenant_id, lost_group_id) where lost_group_id is not null;
create index rules_lost on rules (tenant_id, lost_group_id) where lost_group_id is not null;

-- The directory is the person's, as in events: of a deleted group nothing is left by now.
create function muster_keep_memberships() returns trigger language plpgsql as
$$
begin
  insert into past_memberships (tenant_id, directory_id, group_id, user_id, joined_at)
  select r.tenant_id, u.directory_id, r.group_id, r.user_id, r.at
  from left_rows r cross join lateral (select directory_id from users where tenant_id = muster_scope() and id = r.user_id offset 0) u
  where r.tenant_id = muster_scope() order by r.group_id, r.user_id;
  return null;
end
$$;
create trigger keep_left after delete on memberships referencing old table as left_rows
  for each statement execute function muster_keep_memberships();

create function muster_keep_nesting() returns trigger language plpgsql as
$$
begin
  insert into past_nesting (tenant_id, directory_id, group_id, member_group_id, joined_at)
  select r.tenant_id, g.directory_id, r.group_id, r.member_group_id, r.at
  from left_rows r cross join lateral (
    select directory_id from groups where tenant_id = muster_scope() and id in (r.group_id, r.member_group_id) limit 1) g
  where r.tenant_id = muster_scope();
  return null;
end
$$;
create trigger keep_left after delete on group_members referencing old table as left_rows
  for each statement execute function muster_keep_nesting();

-- People change often and this of them seldom: a condition for each row costs less than the rows.
create function muster_keep_person() returns trigger language plpgsql as
$$
begin
  insert into past_people (tenant_id, directory_id, user_id, active, deleted)
  select old.tenant_id, old.directory_id, old.id, old.active, old.deleted_at is not null where old.tenant_id = muster_scope();
  return null;
end
$$;
create trigger keep_person after update on users for each row
  when (old.active is distinct from new.active or (old.deleted_at is null) is distinct from (new.deleted_at is null))
  execute function muster_keep_person();

create function muster_keep_group() returns trigger language plpgsql as
$$
begin
  if old.tenant_id is distinct from muster_scope() then return old; end if;
  insert into past_groups (tenant_id, directory_id, group_id, display_name, display_name_key, external_id, attributes, version, created_at, parked, gates)
  values (old.tenant_id, old.directory_id, old.id, old.display_name, old.display_name_key, old.external_id, old.attributes, old.version, old.created_at,
    array(select value from parked_members where tenant_id = old.tenant_id and group_id = old.id),
    array(select connection_id from gate_groups where tenant_id = old.tenant_id and group_id = old.id));
  update assignments set lost_group_id = old.id where tenant_id = old.tenant_id and group_id = old.id and display_name_key is null;
  update rules set lost_group_id = old.id where tenant_id = old.tenant_id and group_id = old.id and display_name_key is null;
  return old;
end
$$;
create trigger keep_group before delete on groups for each row execute function muster_keep_group();

-- Last: whoever wrote without the triggers has ended by now.
alter table directories add column history_since timestamptz not null default clock_timestamp();
alter table directories alter column history_since set default now();

-- ── Undos ───────────────────────────────────────────────────────────────────────────────────────────────────────
-- Before a tenant is known: which undo waits for a worker, since when. Ids and times only.
create table undo_turns (
  undo_id uuid primary key,
  tenant_id uuid not null,
  directory_id uuid not null,
  due_at timestamptz not null default now()
);
create index undo_turns_due on undo_turns (due_at);

create table undos (
  tenant_id uuid not null,
  directory_id uuid not null,
  id uuid not null,
  actor text not null,
  -- What is to be as it was at this time.
  "to" timestamptz not null,
  mode text not null check (mode in ('giveBack', 'exact')),
  -- Null: all of the directory.
  group_ids uuid[],
  user_ids uuid[],
  -- waiting: to be computed; ready: a preview, nothing was changed; applying: what was shown is being done.
  state text not null default 'waiting' check (state in ('waiting', 'ready', 'applying', 'done', 'failed')),
  reason text,
  -- Workers that took it up since anything came of it.
  tries integer not null default 0,
  created_at timestamptz not null default now(),
  ready_at timestamptz,
  applied_by text,
  applied_at timestamptz,
  trace_id uuid,
  finished_at timestamptz,
  primary key (tenant_id, directory_id, id),
  unique (tenant_id, id),
  foreign key (tenant_id, directory_id) references directories (tenant_id, id)
);

-- What is to be done, in the order of the steps. The id of zeros stands for none.
create table undo_items (
  tenant_id uuid not null,
  undo_id uuid not null,
  step smallint not null,
  group_id uuid not null,
  -- A person; where groups are members of groups, the member.
  subject_id uuid not null,
  state text not null default 'waiting' check (state in ('waiting', 'done', 'refused')),
  reason text,
  primary key (tenant_id, undo_id, step, group_id, subject_id),
  foreign key (tenant_id, undo_id) references undos (tenant_id, id) on delete cascade
);
create index undo_items_waiting on undo_items (tenant_id, undo_id, step, group_id, subject_id) where state = 'waiting';

-- ── Walls ───────────────────────────────────────────────────────────────────────────────────────────────────────
do $$
declare name text;
begin
  foreach name in array array['past_memberships', 'past_people', 'past_groups', 'past_nesting', 'undos', 'undo_items']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (tenant_id = nullif(current_setting(''muster.tenant_id'', true), '''')::uuid)', name);
  end loop;
end $$;
grant select, insert, update, delete on past_memberships, past_people, past_groups, past_nesting, undos, undo_items, undo_turns to muster_app;
