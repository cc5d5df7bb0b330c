-- ── Seats ───────────────────────────────────────────────────────────────────────────────────────────────────────
-- How many active accounts a connection may hold at its app, and the people of which groups are let in first.
alter table connections
  add column seat_limit integer check (seat_limit >= 0),
  add column seats_first uuid[] not null default '{}';

alter table accounts
  -- Let in: the seat is theirs while the account is being made or made active.
  add column seated boolean not null default false,
  -- Since when they wait for a seat; null for everybody else.
  add column waits_since timestamptz;
create index accounts_waitlist on accounts (tenant_id, connection_id, waits_since, user_id) where waits_since is not null;

-- ── Events ──────────────────────────────────────────────────────────────────────────────────────────────────────
create or replace function muster_told_connection(told connections) returns jsonb language sql immutable as
$$
  select jsonb_build_object('name', told.name, 'appId', told.app_id, 'baseUrl', told.base_url, 'authScheme', told.auth_scheme, 'onLeave', told.on_leave,
    'deleteAfterDays', told.delete_after_days, 'updateMethod', told.update_method, 'adoption', told.adoption, 'adoptionAsk', told.adoption_ask,
    'adoptionMatch', told.adoption_match, 'maxInFlight', told.max_in_flight, 'ratePerSecond', told.rate_per_second, 'guardPercent', told.guard_percent,
    'everyone', told.everyone, 'precedence', told.precedence, 'defaultRole', told.default_role, 'mayCreate', told.may_create,
    'mayUpdate', told.may_update, 'mayDeactivate', told.may_deactivate, 'mayDelete', told.may_delete,
    'compareEveryHours', told.compare_every_hours, 'comparePolicy', told.compare_policy, 'personRoles', told.person_roles,
    'manualRoles', told.manual_roles, 'scope', told.scope, 'protectedRoles', told.protected_roles, 'profile', told.profile,
    'seatLimit', told.seat_limit, 'seatsFirst', told.seats_first)
$$;
