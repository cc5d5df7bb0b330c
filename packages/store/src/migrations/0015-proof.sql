-- Second accounts that a create may have made whose end nobody knows.

-- When such a create was last left behind. It stays: only where there was one may an account that bears our externalId,
-- and that nobody is linked to, be ours to take away.
alter table accounts add column twin_since timestamptz;

-- ── Proof of offboarding ────────────────────────────────────────────────────────────────────────────────────────
-- When the app last answered 2xx to a removal that nobody has read back yet.
alter table accounts add column removal_pushed_at timestamptz;

-- One row for each removal that the app has done, written with the account's result. It outlives the person: what a receipt
-- says must stay sayable. Their name goes when the person's own row is purged.
create table removals (
  tenant_id uuid not null,
  connection_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  user_name text,
  external_id text,
  remote_id text not null,
  -- found: somebody else had done it already.
  action text not null check (action in ('deactivated', 'deleted', 'found')),
  -- What was read back; none: the app does not show it.
  confirmation text not null check (confirmation in ('inactive', 'absent', 'none')),
  on_leave text not null check (on_leave in ('deactivate', 'delete', 'leave')),
  delete_after_days integer,
  generation bigint not null,
  epoch bigint not null,
  -- When the change was accepted; null when it was no change of a person or group, but of settings.
  accepted_at timestamptz,
  -- The app's 2xx; null when nothing had to be sent.
  pushed_at timestamptz,
  confirmed_at timestamptz check ((confirmed_at is null) = (confirmation = 'none')),
  recorded_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id)
);
create index removals_recorded on removals (tenant_id, recorded_at, id);
-- A receipt names the change that was accepted: written in the transaction whose time is the removal's. Small, as rows come in order.
create index audit_at on audit using brin (at) with (pages_per_range = 32);
create index removals_account on removals (tenant_id, connection_id, user_id, recorded_at);
create index removals_user on removals (tenant_id, user_id);

alter table removals enable row level security;
alter table removals force row level security;
create policy tenant on removals using (tenant_id = nullif(current_setting('muster.tenant_id', true), '')::uuid);
grant select, insert, update, delete on removals to muster_app;
