-- What an app does, found out by trying it with a user of our own.

-- A time only, read before a tenant is known: when a worker is to take up this connection's next probe.
alter table lanes add column probe_at timestamptz;
create index lanes_probe on lanes (probe_at) where probe_at is not null;

-- What goes over the profile: {"settings", "evidence": [{"setting", "step", "said", "at"}], "probeId", "actor"}.
alter table connections add column learned_profile jsonb;

create table probes (
  tenant_id uuid not null,
  connection_id uuid not null,
  id uuid not null,
  actor text not null,
  -- Discovery and filters only: nothing is made.
  read_only boolean not null,
  -- How many test users there may be, and so how many members in a request are tried.
  members integer not null check (members between 1 and 200),
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
  reason text,
  -- Workers that took it up; whoever was overtaken is known by it.
  tries integer not null default 0,
  steps jsonb not null default '[]',
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (tenant_id, connection_id, id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id)
);

-- What probes made in the app and have not taken away yet: written before it is made, and looked for by the next probe.
create table probe_objects (
  tenant_id uuid not null,
  connection_id uuid not null,
  id uuid not null,
  kind text not null check (kind in ('user', 'group')),
  -- Begins with "muster-probe-" and is nobody else's.
  name text not null check (name like 'muster-probe-%'),
  -- Null until the app has answered.
  remote_id text,
  made_at timestamptz not null default now(),
  primary key (tenant_id, connection_id, id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id)
);

alter table probes enable row level security;
alter table probes force row level security;
create policy tenant on probes using (tenant_id = nullif(current_setting('muster.tenant_id', true), '')::uuid);
grant select, insert, update, delete on probes to muster_app;

alter table probe_objects enable row level security;
alter table probe_objects force row level security;
create policy tenant on probe_objects using (tenant_id = nullif(current_setting('muster.tenant_id', true), '')::uuid);
grant select, insert, update, delete on probe_objects to muster_app;

-- ── Events ──────────────────────────────────────────────────────────────────────────────────────────────────────
-- What was learned of an app decides what it is sent, and so is told.
create or replace function muster_told_connection(told connections) returns jsonb language sql immutable as
$$
  select jsonb_build_object('name', told.name, 'appId', told.app_id, 'baseUrl', told.base_url, 'authScheme', told.auth_scheme, 'onLeave', told.on_leave,
    'deleteAfterDays', told.delete_after_days, 'updateMethod', told.update_method, 'adoption', told.adoption, 'adoptionAsk', told.adoption_ask,
    'adoptionMatch', told.adoption_match, 'maxInFlight', told.max_in_flight, 'ratePerSecond', told.rate_per_second, 'guardPercent', told.guard_percent,
    'everyone', told.everyone, 'precedence', told.precedence, 'defaultRole', told.default_role, 'mayCreate', told.may_create,
    'mayUpdate', told.may_update, 'mayDeactivate', told.may_deactivate, 'mayDelete', told.may_delete,
    'compareEveryHours', told.compare_every_hours, 'comparePolicy', told.compare_policy, 'personRoles', told.person_roles,
    'manualRoles', told.manual_roles, 'scope', told.scope, 'protectedRoles', told.protected_roles, 'profile', told.profile,
    'seatLimit', told.seat_limit, 'seatsFirst', told.seats_first,
    'learnedProfile', told.learned_profile -> 'settings')
$$;
