-- ── Which workspace a sign-in is for ────────────────────────────────────────────────────────────────────────────
-- Where the address that somebody began at names one; null: the one that they used last. It is what a browser sent, so no row of
-- workspaces is asked for: of one that there is not, nobody is a member.
alter table sign_ins add column workspace_id uuid;

-- ── Events ──────────────────────────────────────────────────────────────────────────────────────────────────────
-- Everything about a connection that a person sets, of the log of its attempts, the groups in its app and its gate too. A test holds it
-- against the columns.
create or replace function muster_told_connection(told connections) returns jsonb language sql immutable as
$$
  select jsonb_build_object('name', told.name, 'appId', told.app_id, 'kind', told.kind, 'baseUrl', told.base_url, 'authScheme', told.auth_scheme,
    'tls', told.tls, 'onLeave', told.on_leave, 'deleteAfterDays', told.delete_after_days, 'updateMethod', told.update_method,
    'adoption', told.adoption, 'adoptionAsk', told.adoption_ask, 'adoptionMatch', told.adoption_match, 'maxInFlight', told.max_in_flight,
    'ratePerSecond', told.rate_per_second, 'guardPercent', told.guard_percent, 'everyone', told.everyone, 'precedence', told.precedence,
    'defaultRole', told.default_role, 'mayCreate', told.may_create, 'mayUpdate', told.may_update, 'mayDeactivate', told.may_deactivate,
    'mayDelete', told.may_delete, 'compareEveryHours', told.compare_every_hours, 'comparePolicy', told.compare_policy)
  -- A function takes a hundred arguments at most.
  || jsonb_build_object('personRoles', told.person_roles, 'manualRoles', told.manual_roles, 'scope', told.scope,
    'protectedRoles', told.protected_roles, 'profile', told.profile, 'learnedProfile', told.learned_profile -> 'settings',
    'targetOptions', told.target_options, 'seatLimit', told.seat_limit, 'seatsFirst', told.seats_first, 'approvals', told.approvals,
    'gate', told.gate, 'groupsMode', told.groups_mode, 'chosenGroups', told.chosen_groups, 'groupsOnLeave', told.groups_on_leave,
    'renameGroups', told.rename_groups, 'memberChunk', told.member_chunk, 'memberLimit', told.member_limit,
    'attemptLogDays', told.attempt_log_days, 'attemptLogBodies', told.attempt_log_bodies)
$$;

-- ── Rollouts ────────────────────────────────────────────────────────────────────────────────────────────────────
-- A mapping that says who is active judges attributes as well. Which of those that stand have one is not told here: all of them are
-- taken for such, which costs the guard a look at the people of large batches until they end.
update rollouts set judges_attributes = true;
