-- Groups pushed to apps: which ones a connection pushes, what the app has of each, and who is in it there.

-- ── Connections ─────────────────────────────────────────────────────────────────────────────────────────────────
alter table connections
  add column groups_mode text not null default 'none' check (groups_mode in ('none', 'chosen', 'assigned')),
  -- The groups of mode chosen; one that does not exist any more is wanted no more.
  add column chosen_groups uuid[] not null default '{}',
  -- What becomes of the app's group when it is wanted no more.
  add column groups_on_leave text not null default 'delete' check (groups_on_leave in ('delete', 'leave')),
  -- False where the app cannot rename a group: then a new one takes the place of the old.
  add column rename_groups boolean not null default true,
  -- Members in one request; member_limit is what the app was found to take, when that is less.
  add column member_chunk integer not null default 100 check (member_chunk between 1 and 5000),
  add column member_limit integer check (member_limit >= 1);

-- ── What the app has ────────────────────────────────────────────────────────────────────────────────────────────
-- Written by the holder of the lane alone; others leave marks. No reference to groups: a deleted one is still to be removed.
create table remote_groups (
  tenant_id uuid not null,
  connection_id uuid not null,
  group_id uuid not null,
  wanted boolean not null default true,
  -- Worked on only once every writer has ended that may not have seen this row, and so left no mark.
  barrier xid8,
  desired_generation bigint not null default 1,
  applied_generation bigint not null default 0,
  state text not null default 'pending' check (state in ('pending', 'synced', 'failing', 'stopped', 'held')),
  reason text,
  error_class text,
  last_status integer,
  due_at timestamptz default now(),
  remote_id text,
  applied_name text,
  -- We made it; one that was adopted is not ours to delete.
  made boolean not null default false,
  -- The group that the present one replaces, until it is deleted.
  former_remote_id text,
  former_name text,
  -- What the app has is uncertain: look before acting.
  verify boolean not null default false,
  lookups integer not null default 0,
  in_flight_epoch bigint,
  attempts integer not null default 0,
  crashes integer not null default 0,
  -- Groups of the app that somebody has to decide about: [{"remoteId", "displayName", "externalId"}].
  candidates jsonb not null default '[]',
  decided_remote_id text,
  updated_at timestamptz not null default now(),
  primary key (tenant_id, connection_id, group_id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id)
) with (fillfactor = 70);
create unique index remote_groups_remote_id on remote_groups (tenant_id, connection_id, remote_id) where remote_id is not null;
create index remote_groups_due on remote_groups (tenant_id, connection_id, due_at) where due_at is not null;
create index remote_groups_group on remote_groups (tenant_id, group_id);

-- Who is in the app's group, by the id that was sent: a recreated account is somebody else there.
--   adding    should be in it and is not        applied   is in it, as it should be
--   removing  is in it and should not be        parked    the app refuses them
create table remote_group_members (
  tenant_id uuid not null,
  connection_id uuid not null,
  group_id uuid not null,
  remote_id text not null,
  user_id uuid not null,
  state text not null check (state in ('adding', 'applied', 'removing', 'parked')),
  -- Of a removal: held until somebody decides, kept because it was rejected, approved.
  guard text check (guard in ('held', 'kept', 'approved')),
  hold_id uuid,
  reason text,
  retry_at timestamptz,
  primary key (tenant_id, connection_id, group_id, remote_id),
  foreign key (tenant_id, connection_id, group_id) references remote_groups (tenant_id, connection_id, group_id) on delete cascade
);
create index remote_group_members_open on remote_group_members (tenant_id, connection_id, group_id, state, remote_id) where state <> 'applied';
create index remote_group_members_user on remote_group_members (tenant_id, connection_id, group_id, user_id);
create index remote_group_members_hold on remote_group_members (tenant_id, connection_id, hold_id, user_id) where hold_id is not null;

-- "Look at this group": written in the transaction that changed something, taken by the holder of the lane. Insert-only,
-- as lane_marks are, so that writers of one tenant never wait for each other here.
create table remote_group_marks (
  tenant_id uuid not null,
  id bigint generated always as identity,
  connection_id uuid not null,
  group_id uuid not null,
  by_tx xid8 not null default pg_current_xact_id(),
  primary key (tenant_id, id)
);
create index remote_group_marks_group on remote_group_marks (tenant_id, connection_id, group_id);

-- ── Marks ───────────────────────────────────────────────────────────────────────────────────────────────────────
-- Marks what connections push of these groups and of those above them. A group that nobody pushes costs one look-up.
create function muster_mark_groups(tenant uuid, changed uuid[]) returns void language sql as $$
  with reached as (
    select c.id from unnest(changed) as c(id)
    union select a.ancestor_id from unnest(changed) as c(id) cross join lateral (
      select ancestor_id from group_ancestors where tenant_id = tenant and group_id = c.id offset 0) a
  ), marked as (
    insert into remote_group_marks (tenant_id, connection_id, group_id)
    select tenant, r.connection_id, r.group_id from reached cross join lateral (
      select connection_id, group_id from remote_groups where tenant_id = tenant and group_id = reached.id offset 0) r
    returning connection_id
  )
  insert into lane_marks (tenant_id, connection_id, removal) select distinct tenant, connection_id, false from marked
$$;

create function muster_members_changed() returns trigger language plpgsql as $$
declare
  tenant uuid;
  touched uuid[];
begin
  for tenant, touched in select c.tenant_id, array_agg(distinct c.group_id) from changed c group by c.tenant_id loop
    if exists (select 1 from remote_groups where tenant_id = tenant) then
      perform muster_mark_groups(tenant, touched);
    end if;
  end loop;
  return null;
end $$;
create trigger memberships_come after insert on memberships referencing new table as changed
  for each statement execute function muster_members_changed();
create trigger memberships_go after delete on memberships referencing old table as changed
  for each statement execute function muster_members_changed();
-- Whatever is above the upper group of an edge is so before the edge comes and before what follows from it goes.
create trigger group_members_come after insert on group_members referencing new table as changed
  for each statement execute function muster_members_changed();
create trigger group_members_go after delete on group_members referencing old table as changed
  for each statement execute function muster_members_changed();

create function muster_group_changed() returns trigger language plpgsql as $$
begin
  perform muster_mark_groups(old.tenant_id, array[old.id]);
  return null;
end $$;
create trigger groups_renamed after update on groups for each row
  when (old.display_name is distinct from new.display_name) execute function muster_group_changed();
create trigger groups_deleted after delete on groups for each row execute function muster_group_changed();

-- A new or lost id in the app marks the person's groups, whoever wrote it (house trap 7). One mark a group and transaction.
create function muster_account_relinked() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from remote_groups where tenant_id = new.tenant_id and connection_id = new.connection_id) then
    return null;
  end if;
  with reached as (
    select m.group_id from memberships m where m.tenant_id = new.tenant_id and m.user_id = new.user_id
    union select a.ancestor_id from memberships m cross join lateral (
      select ancestor_id from group_ancestors where tenant_id = new.tenant_id and group_id = m.group_id offset 0) a
    where m.tenant_id = new.tenant_id and m.user_id = new.user_id
    union select r.group_id from remote_groups r where r.tenant_id = new.tenant_id and r.connection_id = new.connection_id and exists (
      select 1 from remote_group_members p where p.tenant_id = r.tenant_id and p.connection_id = r.connection_id and p.group_id = r.group_id
        and p.remote_id = old.remote_id offset 0)
  ), marked as (
    insert into remote_group_marks (tenant_id, connection_id, group_id)
    select new.tenant_id, new.connection_id, r.group_id from reached cross join lateral (
      select group_id from remote_groups where tenant_id = new.tenant_id and connection_id = new.connection_id and group_id = reached.group_id offset 0) r
    where not exists (
      select 1 from remote_group_marks k where k.tenant_id = new.tenant_id and k.connection_id = new.connection_id
        and k.group_id = r.group_id and k.by_tx = pg_current_xact_id() offset 0)
    returning connection_id
  )
  insert into lane_marks (tenant_id, connection_id, removal) select distinct new.tenant_id, connection_id, false from marked;
  return null;
end $$;
create trigger accounts_relinked after update on accounts for each row
  when (old.remote_id is distinct from new.remote_id) execute function muster_account_relinked();
create trigger accounts_linked after insert on accounts for each row
  when (new.remote_id is not null) execute function muster_account_relinked();

-- A decision about held removals reaches the members that it held, and the groups that wait for one.
create function muster_hold_decided() returns trigger language plpgsql as $$
begin
  update remote_group_members set guard = case when new.state = 'approved' then 'approved' else 'kept' end
  where tenant_id = new.tenant_id and connection_id = new.connection_id and hold_id = new.id and guard = 'held';
  with marked as (
    insert into remote_group_marks (tenant_id, connection_id, group_id)
    select tenant_id, connection_id, group_id from remote_groups
    where tenant_id = new.tenant_id and connection_id = new.connection_id and state = 'held'
    returning connection_id
  )
  insert into lane_marks (tenant_id, connection_id, removal) select distinct new.tenant_id, connection_id, false from marked;
  return null;
end $$;
create trigger holds_decided after update on holds for each row
  when (old.state is distinct from new.state) execute function muster_hold_decided();

-- ── Walls ───────────────────────────────────────────────────────────────────────────────────────────────────────
do $$
declare name text;
begin
  foreach name in array array['remote_groups', 'remote_group_members', 'remote_group_marks']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (tenant_id = nullif(current_setting(''muster.tenant_id'', true), '''')::uuid)', name);
  end loop;
end $$;
grant select, insert, update, delete on remote_groups, remote_group_members, remote_group_marks to muster_app;
