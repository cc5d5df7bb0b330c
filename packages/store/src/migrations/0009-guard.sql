-- ── The guard ───────────────────────────────────────────────────────────────────────────────────────────────────
-- How many of the people in scope, in percent, one cause may take out of an app before it waits for approval.
alter table connections add column guard_percent integer not null default 10 check (guard_percent between 1 and 50);

alter table expansions
  add column actor text,
  -- The name of what was changed, where it may be gone by the time that somebody asks.
  add column subject text,
  -- What the guard has yet to judge: a change of who is in scope, or of people themselves; null once it has.
  add column guard text check (guard in ('scope', 'people')),
  -- Every removal is held, however few: the source was read in part only.
  add column hold_all boolean not null default false,
  -- The request or run that causes it goes on; after this time it is judged even if nobody said that it has ended.
  add column open_until timestamptz;

create table holds (
  tenant_id uuid not null,
  connection_id uuid not null,
  id uuid not null,
  cause text not null,
  actor text not null,
  subject text,
  at timestamptz not null,
  people integer not null,
  in_scope integer not null,
  threshold integer not null,
  incomplete boolean not null,
  state text not null default 'held' check (state in ('held', 'approved', 'rejected', 'expired')),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  decided_at timestamptz,
  decided_by text,
  primary key (tenant_id, connection_id, id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id)
);
create index holds_open on holds (tenant_id, connection_id, expires_at) where state = 'held';

-- People whose removal may not be planned: until somebody decides, or (rejected) until what decides about them changes.
-- No reference to users: a purged tombstone leaves its rows, which mean nothing any more.
create table held_removals (
  tenant_id uuid not null,
  connection_id uuid not null,
  user_id uuid not null,
  hold_id uuid not null,
  state text not null default 'held' check (state in ('held', 'rejected')),
  primary key (tenant_id, connection_id, user_id),
  foreign key (tenant_id, connection_id, hold_id) references holds (tenant_id, connection_id, id) on delete cascade
);
create index held_removals_hold on held_removals (tenant_id, connection_id, hold_id, user_id);
create index held_removals_user on held_removals (tenant_id, user_id);

-- Before a tenant is known: when the first open hold of a lane ends by itself.
alter table lanes add column hold_expires_at timestamptz;
create index lanes_hold_expiry on lanes (hold_expires_at) where hold_expires_at is not null;

do $$
declare name text;
begin
  foreach name in array array['holds', 'held_removals']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (tenant_id = nullif(current_setting(''muster.tenant_id'', true), '''')::uuid)', name);
  end loop;
end $$;
grant select, insert, update, delete on holds, held_removals to muster_app;
