-- What decided a connection's accounts, each time that somebody changed it: who is in scope, which roles they get, how they are mapped.
create table policy_versions (
  tenant_id uuid not null,
  connection_id uuid not null,
  id uuid not null,
  -- Counted from 1 for each connection.
  number integer not null,
  at timestamptz not null default now(),
  actor text not null,
  cause text not null,
  -- {"assignments", "rules", "mapping"}, each as the use case that saves it takes it.
  policy jsonb not null,
  trace_id uuid default nullif(current_setting('muster.trace_id', true), '')::uuid,
  primary key (tenant_id, connection_id, id),
  unique (tenant_id, connection_id, number),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id)
);

alter table policy_versions enable row level security;
alter table policy_versions force row level security;
create policy tenant on policy_versions using (tenant_id = nullif(current_setting('muster.tenant_id', true), '')::uuid);
grant select, insert, update, delete on policy_versions to muster_app;
