-- Who is in scope by more than groups, and when; roles by more than one group a rule; whom no change may lock out.

-- ── Rules ───────────────────────────────────────────────────────────────────────────────────────────────────────
alter table connections drop constraint connections_precedence_check;
alter table connections
  add constraint connections_precedence_check check (precedence in ('first', 'highest', 'all')),
  -- Whether the person's own roles attribute counts (V34).
  add column person_roles boolean not null default false,
  add column manual_roles text not null default 'locked' check (manual_roles in ('locked', 'editable')),
  add column rules_read_names boolean not null default false;

alter table rules
  -- False for a rule about a condition alone. One whose group is gone asks for a group still, and matches nobody.
  add column needs_group boolean not null default true,
  -- As it was written; the pattern is its LIKE over folded names.
  add column name_prefix text,
  add column name_glob text,
  add column name_pattern text,
  add column condition text;
create index rules_patterns on rules (tenant_id, connection_id) where name_pattern is not null;

-- The groups whose names fit a rule's pattern.
create table rule_groups (
  tenant_id uuid not null,
  connection_id uuid not null,
  position integer not null,
  group_id uuid not null,
  primary key (tenant_id, connection_id, position, group_id),
  foreign key (tenant_id, connection_id, position) references rules (tenant_id, connection_id, position) on delete cascade,
  foreign key (tenant_id, group_id) references groups (tenant_id, id) on delete cascade
);
create index rule_groups_group on rule_groups (tenant_id, group_id);

-- What somebody gave to one person, or took from them, by hand.
create table manual_roles (
  tenant_id uuid not null,
  connection_id uuid not null,
  user_id uuid not null,
  role_key text not null,
  effect text not null check (effect in ('grant', 'remove')),
  actor text not null,
  at timestamptz not null default now(),
  primary key (tenant_id, connection_id, user_id, role_key),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index manual_roles_user on manual_roles (tenant_id, user_id);

-- ── Scope ───────────────────────────────────────────────────────────────────────────────────────────────────────
-- {"condition", "starts": {"expression", "days"}, "ends": {"expression", "days"}, "timeZone"}, each where there is one.
alter table connections
  add column scope jsonb not null default '{}',
  add column scope_reads_names boolean not null default false,
  -- A single person was named who is not there yet.
  add column awaits_people boolean not null default false,
  -- Whoever is in the directory may be in scope: everybody has a row that is looked at when they change.
  add column reaches_everyone boolean generated always as (everyone or awaits_people or jsonb_exists(scope, 'condition')) stored;
create index connections_reading_names on connections (tenant_id, directory_id) where rules_read_names or scope_reads_names;

create table scope_people (
  tenant_id uuid not null,
  connection_id uuid not null,
  position integer not null,
  user_id uuid,
  user_name text,
  user_name_key text,
  primary key (tenant_id, connection_id, position),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade,
  check (user_id is not null or user_name_key is not null)
);
create index scope_people_user on scope_people (tenant_id, user_id);

-- ── The guard where SQL cannot tell who is in scope ─────────────────────────────────────────────────────────────
-- The worker reads people in chunks and notes who would lose access, up to judged_after.
alter table expansions add column judged_after uuid, add column judged boolean not null default false;
create table expansion_losses (
  tenant_id uuid not null,
  connection_id uuid not null,
  expansion_id uuid not null,
  user_id uuid not null,
  primary key (tenant_id, connection_id, expansion_id, user_id),
  foreign key (tenant_id, connection_id, expansion_id) references expansions (tenant_id, connection_id, id) on delete cascade
);

-- ── Lockout ─────────────────────────────────────────────────────────────────────────────────────────────────────
alter table connections add column protected_roles text[] not null default '{}';
create table protected_people (
  tenant_id uuid not null,
  connection_id uuid not null,
  user_id uuid not null,
  primary key (tenant_id, connection_id, user_id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index protected_people_user on protected_people (tenant_id, user_id);

-- Who was not removed, or kept a role, because of it. Role is null for whoever is protected by name.
create table lockouts (
  tenant_id uuid not null,
  connection_id uuid not null,
  user_id uuid not null,
  role_key text,
  reason text not null,
  since timestamptz not null default now(),
  primary key (tenant_id, connection_id, user_id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index lockouts_user on lockouts (tenant_id, user_id);

-- ── Walls ───────────────────────────────────────────────────────────────────────────────────────────────────────
do $$
declare name text;
begin
  foreach name in array array['rule_groups', 'manual_roles', 'scope_people', 'expansion_losses', 'protected_people', 'lockouts']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (tenant_id = nullif(current_setting(''muster.tenant_id'', true), '''')::uuid)', name);
  end loop;
end $$;
grant select, insert, update, delete on rule_groups, manual_roles, scope_people, expansion_losses, protected_people, lockouts to muster_app;

-- ── Events ──────────────────────────────────────────────────────────────────────────────────────────────────────
create or replace function muster_told_connection(told connections) returns jsonb language sql immutable as
$$
  select jsonb_build_object('name', told.name, 'appId', told.app_id, 'baseUrl', told.base_url, 'authScheme', told.auth_scheme, 'onLeave', told.on_leave,
    'deleteAfterDays', told.delete_after_days, 'updateMethod', told.update_method, 'adoption', told.adoption, 'adoptionAsk', told.adoption_ask,
    'adoptionMatch', told.adoption_match, 'maxInFlight', told.max_in_flight, 'ratePerSecond', told.rate_per_second, 'guardPercent', told.guard_percent,
    'everyone', told.everyone, 'precedence', told.precedence, 'defaultRole', told.default_role, 'mayCreate', told.may_create,
    'mayUpdate', told.may_update, 'mayDeactivate', told.may_deactivate, 'mayDelete', told.may_delete,
    'compareEveryHours', told.compare_every_hours, 'comparePolicy', told.compare_policy, 'personRoles', told.person_roles,
    'manualRoles', told.manual_roles, 'scope', told.scope, 'protectedRoles', told.protected_roles)
$$;
