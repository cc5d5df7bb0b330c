-- The ground floor. Three kinds of table:
--   before a tenant is known   ids and times only, no row-level security, reached from one store file
--   of a workspace             row-level security by muster.workspace_id
--   of a tenant                row-level security by muster.tenant_id, tenant_id first in every key
-- Row-level security is the second wall: every statement names its tenant as well.

-- ── Before a tenant is known ────────────────────────────────────────────────────────────────────────────────────
create table workspaces (
  id uuid primary key,
  name text not null,
  created_at timestamptz not null default now()
);

create table api_keys (
  public_id text primary key,
  workspace_id uuid not null references workspaces (id),
  role text not null check (role in ('owner')),
  digest bytea not null,
  pepper_id text not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  last_used_at timestamptz
);
create index api_keys_workspace on api_keys (workspace_id);

create table directory_tokens (
  public_id text primary key,
  tenant_id uuid not null,
  directory_id uuid not null,
  digest bytea not null,
  pepper_id text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  last_used_at timestamptz
);
create index directory_tokens_directory on directory_tokens (tenant_id, directory_id);

-- Raised by every change to keys and tokens; each process polls it and drops its cache when it moved.
create table credential_epoch (
  only_row boolean primary key default true check (only_row),
  epoch bigint not null default 0
);
insert into credential_epoch default values;

-- One lane per connection: who holds it, since which epoch, and when there is work in it.
create table lanes (
  connection_id uuid primary key,
  tenant_id uuid not null,
  workspace_id uuid not null,
  epoch bigint not null default 0,
  lease_owner text,
  lease_until timestamptz,
  due_at timestamptz,
  removal_due boolean not null default false,
  paused boolean not null default false,
  held_until timestamptz,
  failures integer not null default 0
) with (fillfactor = 70);
create index lanes_due on lanes (due_at) where due_at is not null;
create index lanes_tenant on lanes (tenant_id);

-- "Look at this lane": written in the transaction that made the work, absorbed into lanes by workers.
-- Insert-only for writers, so that concurrent writers of one tenant never wait for each other here.
create table lane_marks (
  id bigint generated always as identity primary key,
  tenant_id uuid not null,
  connection_id uuid not null,
  removal boolean not null
);
create index lane_marks_connection on lane_marks (connection_id);

-- ── Of a workspace ──────────────────────────────────────────────────────────────────────────────────────────────
create table apps (
  workspace_id uuid not null references workspaces (id),
  id uuid not null,
  name text not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id)
);

create table app_roles (
  workspace_id uuid not null,
  app_id uuid not null,
  key text not null,
  name text not null,
  position integer not null,
  primary key (workspace_id, app_id, key),
  foreign key (workspace_id, app_id) references apps (workspace_id, id)
);

create table tenants (
  workspace_id uuid not null references workspaces (id),
  id uuid not null,
  name text not null,
  external_id text,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
create unique index tenants_external_id on tenants (workspace_id, external_id) where external_id is not null;

create table workspace_audit (
  workspace_id uuid not null references workspaces (id),
  id uuid not null,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  target text not null,
  primary key (workspace_id, id)
);

-- ── Of a tenant ─────────────────────────────────────────────────────────────────────────────────────────────────
create table tenant_keys (
  tenant_id uuid not null,
  id uuid not null,
  wrapped bytea not null,
  wrapped_by text not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id)
);

create table directories (
  tenant_id uuid not null,
  id uuid not null,
  provider text not null,
  name text not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id)
);

create table users (
  tenant_id uuid not null,
  id uuid not null,
  directory_id uuid not null,
  user_name text not null,
  user_name_key text not null,
  external_id text,
  active boolean not null,
  attributes jsonb not null,
  version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, directory_id) references directories (tenant_id, id)
) with (fillfactor = 85);
create unique index users_user_name on users (tenant_id, directory_id, user_name_key) where deleted_at is null;
create index users_external_id on users (tenant_id, directory_id, external_id) where external_id is not null;
create index users_page on users (tenant_id, directory_id, id) where deleted_at is null;

create table groups (
  tenant_id uuid not null,
  id uuid not null,
  directory_id uuid not null,
  display_name text not null,
  display_name_key text not null,
  external_id text,
  attributes jsonb not null,
  version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, directory_id) references directories (tenant_id, id)
) with (fillfactor = 85);
create unique index groups_display_name on groups (tenant_id, directory_id, display_name_key);
create index groups_external_id on groups (tenant_id, directory_id, external_id) where external_id is not null;
create index groups_page on groups (tenant_id, directory_id, id);

create table memberships (
  tenant_id uuid not null,
  group_id uuid not null,
  user_id uuid not null,
  primary key (tenant_id, group_id, user_id),
  foreign key (tenant_id, group_id) references groups (tenant_id, id) on delete cascade,
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
create index memberships_user on memberships (tenant_id, user_id, group_id);

-- Members that name nobody here (yet): applied when the person returns, never a reason to fail the rest.
create table parked_members (
  tenant_id uuid not null,
  group_id uuid not null,
  value text not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, group_id, value),
  foreign key (tenant_id, group_id) references groups (tenant_id, id) on delete cascade
);
create index parked_members_value on parked_members (tenant_id, value);

create table connections (
  tenant_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  app_id uuid not null,
  directory_id uuid not null,
  name text,
  kind text not null check (kind in ('scim')),
  base_url text not null,
  auth_scheme text not null check (auth_scheme in ('bearer', 'header', 'basic')),
  key_id uuid not null,
  sealed_auth bytea not null,
  profile text,
  on_leave text not null check (on_leave in ('deactivate', 'delete', 'leave')),
  update_method text not null check (update_method in ('patch', 'put')),
  adoption text not null check (adoption in ('link', 'refuse')),
  max_in_flight integer not null check (max_in_flight between 1 and 64),
  rate_per_second integer check (rate_per_second > 0),
  everyone boolean not null default false,
  precedence text not null default 'first' check (precedence in ('first', 'all')),
  default_role text,
  state text not null default 'active' check (state in ('active', 'quarantined')),
  state_reason text,
  last_attempt_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, directory_id) references directories (tenant_id, id),
  foreign key (tenant_id, key_id) references tenant_keys (tenant_id, id),
  foreign key (workspace_id, app_id) references apps (workspace_id, id)
);
create index connections_directory on connections (tenant_id, directory_id);
create index connections_key on connections (tenant_id, key_id);
create index connections_app on connections (workspace_id, app_id);

-- A group is named by id, or by a display name that waits for such a group to arrive.
create table assignments (
  tenant_id uuid not null,
  connection_id uuid not null,
  position integer not null,
  group_id uuid,
  display_name text,
  display_name_key text,
  primary key (tenant_id, connection_id, position),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  foreign key (tenant_id, group_id) references groups (tenant_id, id) on delete set null (group_id),
  check (group_id is not null or display_name is null or display_name_key is not null)
);
create index assignments_group on assignments (tenant_id, group_id);
create index assignments_waiting on assignments (tenant_id, display_name_key) where group_id is null;

create table rules (
  tenant_id uuid not null,
  connection_id uuid not null,
  position integer not null,
  group_id uuid,
  display_name text,
  display_name_key text,
  role_key text not null,
  primary key (tenant_id, connection_id, position),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  foreign key (tenant_id, group_id) references groups (tenant_id, id) on delete set null (group_id),
  check (group_id is not null or display_name is null or display_name_key is not null)
);
create index rules_group on rules (tenant_id, group_id);
create index rules_waiting on rules (tenant_id, display_name_key) where group_id is null;

-- A person's presence in an app. Work is a row whose due_at has passed.
create table accounts (
  tenant_id uuid not null,
  connection_id uuid not null,
  user_id uuid not null,
  desired_generation bigint not null default 1,
  applied_generation bigint not null default 0,
  state text not null default 'pending' check (state in ('pending', 'synced', 'failing', 'stopped', 'held')),
  reason text,
  due_at timestamptz default now(),
  removal boolean not null default false,
  remote_id text,
  remote_user_name_key text,
  applied jsonb,
  lookups integer not null default 0,
  verify boolean not null default false,
  in_flight_epoch bigint,
  attempts integer not null default 0,
  crashes integer not null default 0,
  updated_at timestamptz not null default now(),
  primary key (tenant_id, connection_id, user_id),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
) with (fillfactor = 70);
create unique index accounts_remote_id on accounts (tenant_id, connection_id, remote_id) where remote_id is not null;
create index accounts_due on accounts (tenant_id, connection_id, removal desc, due_at) where due_at is not null;
create index accounts_in_flight on accounts (tenant_id, connection_id) where in_flight_epoch is not null;
create index accounts_user on accounts (tenant_id, user_id);
create index accounts_remote_user_name on accounts (tenant_id, connection_id, remote_user_name_key) where remote_user_name_key is not null;

-- Fan-out too large for a request: people to mark, or (user_ids null) everybody the connection has or should have.
create table expansions (
  tenant_id uuid not null,
  connection_id uuid not null,
  id uuid not null,
  cause text not null,
  removal boolean not null default false,
  user_ids uuid[],
  done integer not null default 0,
  after_user_id uuid,
  barrier xid8,
  created_at timestamptz not null default now(),
  primary key (tenant_id, connection_id, id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id)
);

create table attempts (
  tenant_id uuid not null,
  connection_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  at timestamptz not null default now(),
  operation text not null,
  outcome text not null,
  status integer,
  detail text,
  duration_ms integer not null,
  decision text not null,
  generation bigint not null,
  number integer not null,
  primary key (tenant_id, connection_id, id)
);
create index attempts_user on attempts (tenant_id, user_id, id);

create table audit (
  tenant_id uuid not null,
  id uuid not null,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  target text not null,
  primary key (tenant_id, id)
);

-- ── Walls ───────────────────────────────────────────────────────────────────────────────────────────────────────
-- A setting made for one transaction leaves '' behind on the session, never null: both mean "no tenant".
do $$
declare name text;
begin
  foreach name in array array['tenant_keys', 'directories', 'users', 'groups', 'memberships', 'parked_members', 'connections',
    'assignments', 'rules', 'accounts', 'expansions', 'attempts', 'audit']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (tenant_id = nullif(current_setting(''muster.tenant_id'', true), '''')::uuid)', name);
  end loop;
  foreach name in array array['apps', 'app_roles', 'tenants', 'workspace_audit']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy workspace on %I using (workspace_id = nullif(current_setting(''muster.workspace_id'', true), '''')::uuid)', name);
  end loop;
end $$;

-- The role that every request and every push runs as: it owns nothing and cannot bypass the walls.
do $$
begin
  create role muster_app nologin noinherit;
exception when duplicate_object or unique_violation then null;
end $$;
do $$
begin
  if not pg_has_role(current_user, 'muster_app', 'set') then
    execute format('grant muster_app to %I', current_user);
  end if;
exception when invalid_parameter_value then
  -- Postgres 15 knows no SET option; membership alone decides.
  if not pg_has_role(current_user, 'muster_app', 'member') then
    execute format('grant muster_app to %I', current_user);
  end if;
end $$;
grant usage on schema public to muster_app;
grant select, insert, update on workspaces, api_keys, directory_tokens, credential_epoch, lanes, apps, app_roles, tenants to muster_app;
grant select, insert, update, delete on lane_marks to muster_app;
grant delete on app_roles to muster_app;
grant select, insert on workspace_audit, audit to muster_app;
grant select, insert, update, delete on tenant_keys, directories, users, groups, memberships, parked_members, connections,
  assignments, rules, accounts, expansions, attempts to muster_app;
