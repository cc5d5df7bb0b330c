-- Targets of more kinds than SCIM. Which kinds there are is data of the code, so that one more needs no migration.
alter table connections drop constraint connections_kind_check;
alter table connections add constraint connections_kind_check check (kind ~ '^[a-z][a-z0-9-]{0,31}$');
alter table connections drop constraint connections_auth_scheme_check;
alter table connections add constraint connections_auth_scheme_check check (auth_scheme in ('bearer', 'header', 'basic', 'certificate',
  'oauthClientCredentials', 'oauthPrivateKeyJwt', 'oauthJwtBearer', 'oauthAuthorizationCode', 'signature'));
-- What a target of its kind has besides its address and its sign-in, such as the templates of a REST target; null for nothing. No secret.
alter table connections add column target_options jsonb;

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
    'learnedProfile', told.learned_profile -> 'settings', 'targetOptions', told.target_options, 'approvals', told.approvals)
$$;
