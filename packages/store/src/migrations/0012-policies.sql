-- What a connection may do to its app, whose accounts it may take, and comparisons with what the app really holds.

-- ── Connections ─────────────────────────────────────────────────────────────────────────────────────────────────
alter table connections
  add column may_create boolean not null default true,
  add column may_update boolean not null default true,
  add column may_deactivate boolean not null default true,
  -- Null: deletes when on_leave says delete.
  add column may_delete boolean,
  -- With on_leave = delete: inactive at once, deleted when these days are over. Null deletes at once.
  add column delete_after_days integer check (delete_after_days between 1 and 3650),
  -- adoption = refuse puts a found account on the list of conflicts; with this the person's account waits as held.
  add column adoption_ask boolean not null default false,
  -- By what an account that nobody owns may be taken for a person's, in this order.
  add column adoption_match text[] not null default '{externalId,userName}'
    check (adoption_match <@ array['externalId', 'userName', 'email'] and cardinality(adoption_match) between 1 and 3),
  -- Null: compared on demand only.
  add column compare_every_hours integer default 24 check (compare_every_hours between 1 and 168),
  add column compare_policy text not null default 'report' check (compare_policy in ('report', 'repair'));

-- Times only, read before a tenant is known. What is there already is spread over a day.
alter table lanes add column compare_at timestamptz default now() + interval '24 hours';
update lanes set compare_at = now() + random() * interval '24 hours';
create index lanes_compare on lanes (compare_at) where compare_at is not null;

-- When a linked account was first found to belong to nobody who should have it: deletion counts its days from here.
alter table accounts add column left_at timestamptz;

-- ── Whose account is it? ────────────────────────────────────────────────────────────────────────────────────────
-- Candidates: [{"remoteId", "userName", "emails", "externalId", "active"}]. A decision stays until it has had its effect.
create table conflicts (
  tenant_id uuid not null,
  connection_id uuid not null,
  user_id uuid not null,
  why text not null,
  candidates jsonb not null,
  found_at timestamptz not null default now(),
  decision text check (decision in ('link', 'createNew', 'ignore')),
  decided_remote_id text check (decided_remote_id is null or decision = 'link'),
  decided_by text,
  decided_at timestamptz,
  primary key (tenant_id, connection_id, user_id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index conflicts_user on conflicts (tenant_id, user_id);

-- ── Comparisons ─────────────────────────────────────────────────────────────────────────────────────────────────
create table comparisons (
  tenant_id uuid not null,
  connection_id uuid not null,
  id uuid not null,
  cause text not null check (cause in ('schedule', 'demand')),
  policy text not null check (policy in ('report', 'repair')),
  state text not null default 'running' check (state in ('running', 'done', 'incomplete')),
  reason text,
  -- Where it goes on: first the app's list by position, then our accounts that were not on it by person.
  phase text not null default 'listing' check (phase in ('listing', 'missing')),
  next_index integer not null default 1,
  page_size integer not null default 100,
  after_user_id uuid,
  due_at timestamptz not null default now(),
  tries integer not null default 0,
  -- What the app says it has; null when it does not say.
  total_results integer,
  listed integer not null default 0,
  checked integer not null default 0,
  unsettled integer not null default 0,
  drifted integer not null default 0,
  missing integer not null default 0,
  orphans integer not null default 0,
  unexpected_active integer not null default 0,
  duplicates integer not null default 0,
  repairs integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (tenant_id, connection_id, id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id)
);
create unique index comparisons_running on comparisons (tenant_id, connection_id) where state = 'running';

create table comparison_findings (
  tenant_id uuid not null,
  connection_id uuid not null,
  comparison_id uuid not null,
  id uuid not null,
  kind text not null check (kind in ('drifted', 'missing', 'orphan', 'unexpectedActive', 'duplicate')),
  user_id uuid,
  remote_id text,
  user_name text,
  -- [{"name", "ours", "theirs"}]
  attributes jsonb not null default '[]',
  repair boolean not null default false,
  primary key (tenant_id, connection_id, comparison_id, id),
  foreign key (tenant_id, connection_id, comparison_id) references comparisons (tenant_id, connection_id, id) on delete cascade
);

-- What a running comparison has met so far, so that its memory does not grow with the app.
create table comparison_seen (
  tenant_id uuid not null,
  connection_id uuid not null,
  comparison_id uuid not null,
  remote_id text not null,
  primary key (tenant_id, connection_id, comparison_id, remote_id),
  foreign key (tenant_id, connection_id, comparison_id) references comparisons (tenant_id, connection_id, id) on delete cascade
);

-- ── Walls ───────────────────────────────────────────────────────────────────────────────────────────────────────
do $$
declare name text;
begin
  foreach name in array array['conflicts', 'comparisons', 'comparison_findings', 'comparison_seen']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (tenant_id = nullif(current_setting(''muster.tenant_id'', true), '''')::uuid)', name);
  end loop;
end $$;
grant select, insert, update, delete on conflicts, comparisons, comparison_findings, comparison_seen to muster_app;
