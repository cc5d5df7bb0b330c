-- ── Who has access by a mapping ─────────────────────────────────────────────────────────────────────────────────
-- Some row computes `active`: who is in scope may be without access, and what changes attributes may take it.
alter table mappings add column maps_access boolean not null default false;
update mappings set maps_access = true where exists (
  select 1 from jsonb_array_elements(rows) r where r ->> 'target' = 'active' and trim(r ->> 'expression') <> 'user.active');

-- ── Versions of an app's mapping ────────────────────────────────────────────────────────────────────────────────
-- What the connections of an app are mapped by that have no mapping of their own, each time that somebody changed it.
create table app_mapping_versions (
  workspace_id uuid not null,
  app_id uuid not null,
  id uuid not null,
  -- Counted from 1 for each app.
  number integer not null,
  at timestamptz not null default now(),
  actor text not null,
  cause text not null,
  -- As app_mappings has them; null while the app had none.
  rows jsonb check (jsonb_typeof(rows) = 'array'),
  primary key (workspace_id, app_id, id),
  unique (workspace_id, app_id, number),
  foreign key (workspace_id, app_id) references apps (workspace_id, id)
);
alter table app_mapping_versions enable row level security;
alter table app_mapping_versions force row level security;
create policy workspace on app_mapping_versions using (workspace_id = nullif(current_setting('muster.workspace_id', true), '')::uuid);
grant select, insert, update, delete on app_mapping_versions to muster_app;
