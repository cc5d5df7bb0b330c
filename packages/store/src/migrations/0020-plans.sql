-- What an edit of who or what would change, computed by a worker before anybody saves it.

-- A time only, read before a tenant is known: when a worker is to take up this connection's next plan.
alter table lanes add column plan_at timestamptz;
create index lanes_plan on lanes (plan_at) where plan_at is not null;

create table plans (
  tenant_id uuid not null,
  connection_id uuid not null,
  id uuid not null,
  actor text not null,
  -- The edit as it was asked for: {"assignments", "rules", "mapping"}, each as the request that would save it.
  proposed jsonb not null,
  -- How many people are named of each kind of change.
  names integer not null check (names between 0 and 200),
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
  reason text,
  -- Workers that took it up. One whose worker died begins again; one that nobody survives is given up.
  tries integer not null default 0,
  people integer not null default 0,
  total integer,
  result jsonb check (result is null or state = 'done'),
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (tenant_id, connection_id, id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id)
);

alter table plans enable row level security;
alter table plans force row level security;
create policy tenant on plans using (tenant_id = nullif(current_setting('muster.tenant_id', true), '')::uuid);
grant select, insert, update, delete on plans to muster_app;
