-- Inbound SCIM, complete: look-ups by e-mail, order by key, nested groups, what a directory is set to, tokens with limits,
-- a log of requests, notices.

-- ── Comparison without case ─────────────────────────────────────────────────────────────────────────────────────
-- Keys are folded by the gateway (packages/scim, foldCase). Ordered by code point they serve prefixes and sorting by index.
alter table users alter column user_name_key type text collate "C";
alter table groups alter column display_name_key type text collate "C";

-- The same folding inside the database, for attributes that have no key of their own; both sides of a comparison go through it.
create function muster_fold(value text) returns text language sql immutable strict parallel safe as
$$ select replace(normalize(lower(normalize(value, NFC) collate "und-x-icu"), NFC), 'ς', 'σ') collate "C" $$;

-- ── People ──────────────────────────────────────────────────────────────────────────────────────────────────────
-- Where a person can be found by e-mail. A key is the beginning of the folded address, so it narrows a search and does not
-- decide it. Written with the person; what a tombstone had stays until it is purged.
create table user_emails (
  tenant_id uuid not null,
  directory_id uuid not null,
  email_key text collate "C" not null check (length(email_key) <= 512),
  user_id uuid not null,
  primary key (tenant_id, directory_id, email_key, user_id)
);
insert into user_emails (tenant_id, directory_id, email_key, user_id)
select distinct u.tenant_id, u.directory_id, left(muster_fold(e ->> 'value'), 512), u.id
from users u cross join lateral jsonb_array_elements(u.attributes -> 'emails') e
where jsonb_typeof(u.attributes -> 'emails') = 'array' and e ->> 'value' is not null;

create index users_tombstones on users (tenant_id, directory_id, deleted_at) where deleted_at is not null;

-- ── Nested groups ───────────────────────────────────────────────────────────────────────────────────────────────
-- What identity providers said: this group is a member of that one.
create table group_members (
  tenant_id uuid not null,
  group_id uuid not null,
  member_group_id uuid not null check (member_group_id <> group_id),
  primary key (tenant_id, group_id, member_group_id),
  foreign key (tenant_id, group_id) references groups (tenant_id, id) on delete cascade,
  foreign key (tenant_id, member_group_id) references groups (tenant_id, id) on delete cascade
);
create index group_members_member on group_members (tenant_id, member_group_id, group_id);

-- What follows from it: every group below every group, a circle counted once, no group below itself.
create table group_ancestors (
  tenant_id uuid not null,
  ancestor_id uuid not null,
  group_id uuid not null,
  primary key (tenant_id, ancestor_id, group_id),
  foreign key (tenant_id, ancestor_id) references groups (tenant_id, id) on delete cascade,
  foreign key (tenant_id, group_id) references groups (tenant_id, id) on delete cascade
);
create index group_ancestors_group on group_ancestors (tenant_id, group_id, ancestor_id);

-- ── Directories and tenants ─────────────────────────────────────────────────────────────────────────────────────
alter table directories
  add column enabled boolean not null default true,
  -- Addresses that may use this directory, as CIDRs; null means any.
  add column allowed_addresses text[] check (cardinality(allowed_addresses) between 1 and 100),
  -- Null means the installation's own limit.
  add column requests_per_second integer check (requests_per_second between 1 and 100000),
  -- By what else than the id a parked member may name a person who arrives later.
  add column member_matching text[] not null default '{}' check (member_matching <@ array['externalId', 'userName']),
  add column tombstone_days integer not null default 90 check (tombstone_days between 1 and 3650),
  -- 0 keeps no log of requests.
  add column request_log_days integer not null default 14 check (request_log_days between 0 and 365),
  add column request_log_bodies boolean not null default true,
  -- Extension schemas: [{"resourceType": "User", "definition": {...}}].
  add column extensions jsonb not null default '[]';

alter table tenants add column suspended_at timestamptz;

-- Told to every process without opening a tenant: a suspended tenant's tokens and lanes do nothing.
alter table lanes add column suspended boolean not null default false;

-- ── Tokens ──────────────────────────────────────────────────────────────────────────────────────────────────────
alter table directory_tokens
  -- A bearer token, or a client that gets short-lived tokens by OAuth client credentials.
  add column kind text not null default 'bearer' check (kind in ('bearer', 'client')),
  -- What it may do, such as users:read; null means everything.
  add column scopes text[] check (cardinality(scopes) between 1 and 20),
  add column suspended boolean not null default false,
  add column last_used_from text;
create index directory_tokens_expiry on directory_tokens (expires_at) where revoked_at is null;

-- ── What an administrator should know ───────────────────────────────────────────────────────────────────────────
create table notices (
  tenant_id uuid not null,
  id uuid not null,
  at timestamptz not null default now(),
  kind text not null,
  subject text not null,
  message text not null,
  primary key (tenant_id, id),
  unique (tenant_id, kind, subject)
);

-- ── What identity providers sent ────────────────────────────────────────────────────────────────────────────────
-- Ids grow with time. Bodies are masked before they come here.
create table requests (
  tenant_id uuid not null,
  directory_id uuid not null,
  id uuid not null,
  at timestamptz not null,
  method text not null,
  path text not null,
  status integer not null,
  duration_ms real not null,
  client text not null,
  actor text,
  resource_id text,
  scim_type text,
  detail text,
  notes jsonb not null default '[]',
  body jsonb,
  trace_id text,
  primary key (tenant_id, directory_id, id)
);

-- ── Walls ───────────────────────────────────────────────────────────────────────────────────────────────────────
do $$
declare name text;
begin
  foreach name in array array['user_emails', 'group_members', 'group_ancestors', 'notices', 'requests']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (tenant_id = nullif(current_setting(''muster.tenant_id'', true), '''')::uuid)', name);
  end loop;
end $$;
grant select, insert, update, delete on user_emails, group_members, group_ancestors, notices, requests to muster_app;
