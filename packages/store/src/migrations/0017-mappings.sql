-- Attribute mappings: an app's, and a connection's own.

-- ── Of a workspace ──────────────────────────────────────────────────────────────────────────────────────────────
-- What every connection of the app has that has none of its own.
create table app_mappings (
  workspace_id uuid not null,
  app_id uuid not null,
  -- [{"target", "expression", "defaultValue", "isRequired", "isOnCreateOnly", "doNotClear"}]
  rows jsonb not null check (jsonb_typeof(rows) = 'array'),
  -- Another one with every change, by which a connection sees that its people are to be looked at again.
  version uuid not null,
  updated_at timestamptz not null default now(),
  primary key (workspace_id, app_id),
  foreign key (workspace_id, app_id) references apps (workspace_id, id)
);

-- ── Of a tenant ─────────────────────────────────────────────────────────────────────────────────────────────────
create table mappings (
  tenant_id uuid not null,
  connection_id uuid not null,
  -- The connection's own; null for its app's.
  rows jsonb check (jsonb_typeof(rows) = 'array'),
  -- The app's mapping that the connection's people were last looked at with; null for none.
  app_version uuid,
  -- Some row names `groups`: every change of any group concerns the connection.
  uses_groups boolean not null default false,
  updated_at timestamptz not null default now(),
  primary key (tenant_id, connection_id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id)
);

-- ── Walls ───────────────────────────────────────────────────────────────────────────────────────────────────────
alter table app_mappings enable row level security;
alter table app_mappings force row level security;
create policy workspace on app_mappings using (workspace_id = nullif(current_setting('muster.workspace_id', true), '')::uuid);
alter table mappings enable row level security;
alter table mappings force row level security;
create policy tenant on mappings using (tenant_id = nullif(current_setting('muster.tenant_id', true), '')::uuid);
grant select, insert, update, delete on app_mappings, mappings to muster_app;
