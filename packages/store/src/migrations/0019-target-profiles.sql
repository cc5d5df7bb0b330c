-- What is learned of an app besides what its profile says.

-- Where the next page of a comparison begins, in apps that page by cursor (RFC 9865).
alter table comparisons add column next_cursor text;

-- Accounts a second to which a 429 lowered the rate, and when: it grows again with time.
alter table connections
  add column learned_rate double precision check (learned_rate > 0),
  add column rate_learned_at timestamptz;

-- ── Events ──────────────────────────────────────────────────────────────────────────────────────────────────────
-- A connection's profile can be changed, and so is told.
create or replace function muster_told_connection(told connections) returns jsonb language sql immutable as
$$
  select jsonb_build_object('name', told.name, 'appId', told.app_id, 'baseUrl', told.base_url, 'authScheme', told.auth_scheme, 'onLeave', told.on_leave,
    'deleteAfterDays', told.delete_after_days, 'updateMethod', told.update_method, 'adoption', told.adoption, 'adoptionAsk', told.adoption_ask,
    'adoptionMatch', told.adoption_match, 'maxInFlight', told.max_in_flight, 'ratePerSecond', told.rate_per_second, 'guardPercent', told.guard_percent,
    'everyone', told.everyone, 'precedence', told.precedence, 'defaultRole', told.default_role, 'mayCreate', told.may_create,
    'mayUpdate', told.may_update, 'mayDeactivate', told.may_deactivate, 'mayDelete', told.may_delete,
    'compareEveryHours', told.compare_every_hours, 'comparePolicy', told.compare_policy, 'personRoles', told.person_roles,
    'manualRoles', told.manual_roles, 'scope', told.scope, 'protectedRoles', told.protected_roles, 'profile', told.profile)
$$;
