import type { MappingRow } from "@muster/mapping";
import type { Json, UserState } from "@muster/scim";
import type { ApprovalAction } from "./approval-tables.ts";
import type { NamedStatement, Statements } from "./database.ts";
import { type RemovalHold, removalHold } from "./holds-of-people.ts";
import type { PolicyParts, PolicyRule, PolicyTerms } from "./policy-parts.ts";
import type { LearnedSettings } from "./probe-tables.ts";
import { ROLLOUT, type RolledOutPolicy, type RolloutRow, toRollout } from "./rolled-out-policy.ts";
import type { ManualRoles, StoredScope } from "./scope-tables.ts";
import type { GateState, MatchAttribute, OnLeave, Precedence, TenantId } from "./tables.ts";

/** What decides a connection's desired accounts, apart from the people. */
export type ConnectionPolicy = PolicyParts & {
  /** Anybody of the directory may be in scope: because everyone is, or by a condition. */
  reachesEveryone: boolean;
  onLeave: OnLeave;
  deleteAfterDays: number | null;
  /** What this connection may do to the app; everything else stops with a reason. */
  may: { create: boolean; update: boolean; deactivate: boolean; delete: boolean };
  adoption: { match: MatchAttribute[]; foreign: "link" | "ask" | "conflict" };
  /** Whether anything is made for anybody, or only for the people of some groups. */
  gate: { state: GateState; groupIds: string[] };
  /** How many active accounts the connection may hold at the app; null for as many as there are. */
  seatLimit: number | null;
  /** Which steps wait for somebody's approval, and whether any does or did that is not over. */
  approvals: ApprovalAction[];
  approving: boolean;
  /** Whether attempts keep what went over the wire, masked. */
  keepsBodies: boolean;
  maxInFlight: number;
  ratePerSecond: number | null;
  /** Accounts a second to which a 429 lowered it, and how long ago. */
  learnedRate: { perSecond: number; ageMs: number } | null;
  /** The key of the kind of its target, and what the target has of its own. */
  kind: string;
  targetOptions: Json;
  /** The key of the profile of the app. */
  profile: string | null;
  /** What was found to be otherwise than the profile says. */
  learnedProfile?: LearnedSettings | null;
  state: "active" | "quarantined";
  declaredRoles: string[];
  /** Roles whose last holder is kept. */
  protectedRoles: string[];
  /** Somebody is protected, or was kept. */
  guardsLockout: boolean;
  /** An edit that is tried out on some people; undefined while there is none. */
  rollout: RolledOutPolicy | undefined;
  /** Set when the app's mapping is another than the one that the connection's people were last looked at with. */
  remapping: { version: string | null } | null;
  /** Edits of who or what wait to be expanded. */
  expanding: boolean;
  /** A comparison with what the app holds is due to go on. */
  comparing: boolean;
  /** Groups are pushed, or were and are still to be taken away. */
  grouping: boolean;
};

const POLICY: NamedStatement<{
  everyone: boolean;
  precedence: Precedence;
  default_role: string | null;
  kind: string;
  target_options: Json;
  on_leave: OnLeave;
  delete_after_days: number | null;
  may: ConnectionPolicy["may"];
  adoption: "link" | "refuse";
  adoption_ask: boolean;
  adoption_match: MatchAttribute[];
  max_in_flight: number;
  rate_per_second: number | null;
  learned: ConnectionPolicy["learnedRate"];
  profile: string | null;
  learned_settings: LearnedSettings | null;
  state: "active" | "quarantined";
  assigned: string[] | null;
  rules: PolicyRule[] | null;
  declared_roles: string[] | null;
  person_roles: boolean;
  protected_roles: string[];
  guards_lockout: boolean;
  manual_roles: ManualRoles;
  reads_names: boolean;
  scope: StoredScope;
  people: { userId: string | null; nameKey: string | null }[] | null;
  gate: GateState;
  seat_limit: number | null;
  approvals: ApprovalAction[];
  approving: boolean;
  gate_groups: string[] | null;
  attempt_log_bodies: boolean;
  own_mapping: MappingRow[] | null;
  app_mapping: MappingRow[] | null;
  app_version: string | null;
  taken_version: string | null;
  sees_app: boolean | null;
  expanding: boolean;
  comparing: boolean;
  grouping: boolean;
  reaches_everyone: boolean;
  rollout: RolloutRow | null;
}> = {
  name: "connection-policy",
  text: `
select everyone, reaches_everyone, precedence, default_role, on_leave, delete_after_days, adoption, adoption_ask, adoption_match, max_in_flight, rate_per_second, kind, target_options, profile, learned_profile -> 'settings' as learned_settings, state, gate, seat_limit, attempt_log_bodies, approvals,
  approvals <> '{}' or exists (select 1 from approvals q where q.tenant_id = $1 and q.connection_id = $2) as approving,
  (select array_agg(key order by position) from app_roles r where r.workspace_id = connections.workspace_id and r.app_id = connections.app_id) as declared_roles, person_roles, protected_roles, cardinality(protected_roles) > 0
    or exists (select 1 from protected_people q where q.tenant_id = $1 and q.connection_id = $2)
    or exists (select 1 from lockouts q where q.tenant_id = $1 and q.connection_id = $2) as guards_lockout,
  manual_roles, rules_read_names or scope_reads_names as reads_names, scope,
  case when learned_rate is not null then json_build_object('perSecond', learned_rate, 'ageMs', extract(epoch from now() - rate_learned_at) * 1000) end as learned,
  json_build_object('create', may_create, 'update', may_update, 'deactivate', may_deactivate,
    'delete', coalesce(may_delete, on_leave = 'delete')) as may,
  (select array_agg(group_id) from assignments a where a.tenant_id = $1 and a.connection_id = $2 and group_id is not null) as assigned,
  (select json_agg(json_build_object('role', role_key, 'condition', condition, 'groupIds', case
      when name_pattern is not null then (select coalesce(json_agg(group_id order by group_id), '[]') from rule_groups m
        where m.tenant_id = $1 and m.connection_id = $2 and m.position = r.position)
      when group_id is not null then json_build_array(group_id) when needs_group then json_build_array() end) order by position)
    from rules r where r.tenant_id = $1 and r.connection_id = $2) as rules,
  (select json_agg(json_build_object('userId', user_id, 'nameKey', case when user_id is null then user_name_key end))
    from scope_people p where p.tenant_id = $1 and p.connection_id = $2) as people,
  own.rows as own_mapping, own.app_version as taken_version, case when own.rows is null or tried.version_id is not null and tried.policy ->> 'mapping' is null then app.rows end as app_mapping, app.version as app_version,
  workspace_id = nullif(current_setting('muster.workspace_id', true), '')::uuid as sees_app,
  case when gate = 'groups' then (select array_agg(group_id) from gate_groups g where g.tenant_id = $1 and g.connection_id = $2) end as gate_groups,
  exists (select 1 from expansions e where e.tenant_id = $1 and e.connection_id = $2) as expanding,
  exists (select 1 from comparisons m where m.tenant_id = $1 and m.connection_id = $2 and m.state = 'running' and m.due_at <= now()) as comparing,
  groups_mode <> 'none' or exists (select 1 from remote_groups p where p.tenant_id = $1 and p.connection_id = $2) as grouping,
  ${ROLLOUT} as rollout
from connections
left join lateral (select rows, app_version from mappings m where m.tenant_id = $1 and m.connection_id = $2 offset 0) own on true
left join lateral (select rows, version from app_mappings a where a.workspace_id = connections.workspace_id and a.app_id = connections.app_id offset 0) app on true
left join lateral (select version_id, number, policy from rollouts x where x.tenant_id = $1 and x.connection_id = $2 offset 0) tried on true
where tenant_id = $1 and id = $2`,
};

/**
 * Reads a connection's policy, in its tenant's and its workspace's scope. Read it after the claim, so that it is no older than
 * the generations claimed.
 */
export async function getPolicy(tx: Statements, tenantId: TenantId, connectionId: string): Promise<ConnectionPolicy> {
  const [row] = await tx.named(POLICY, [tenantId, connectionId]);
  if (row === undefined) throw new Error(`Connection ${connectionId} does not exist`);
  // Unseen, the app's mapping would count as none, and people would be sent by another one.
  if (row.sees_app !== true) throw new Error("A policy is read in the scope of its workspace");
  const takesApp = row.own_mapping === null || row.rollout?.policy.mapping === null;
  return {
    everyone: row.everyone,
    reachesEveryone: row.reaches_everyone,
    precedence: row.precedence,
    defaultRole: row.default_role,
    onLeave: row.on_leave,
    deleteAfterDays: row.delete_after_days,
    may: row.may,
    adoption: {
      match: row.adoption_match,
      foreign: row.adoption === "link" ? "link" : row.adoption_ask ? "ask" : "conflict",
    },
    gate: { state: row.gate, groupIds: row.gate_groups ?? [] },
    seatLimit: row.seat_limit,
    approvals: row.approvals,
    approving: row.approving,
    keepsBodies: row.attempt_log_bodies,
    maxInFlight: row.max_in_flight,
    ratePerSecond: row.rate_per_second,
    learnedRate: row.learned,
    kind: row.kind,
    targetOptions: row.target_options,
    profile: row.profile,
    learnedProfile: row.learned_settings,
    state: row.state,
    assignedGroupIds: row.assigned ?? [],
    rules: row.rules ?? [],
    declaredRoles: row.declared_roles ?? [],
    personRoles: row.person_roles,
    protectedRoles: row.protected_roles,
    guardsLockout: row.guards_lockout,
    manualRoles: row.manual_roles === "editable",
    readsNames: row.reads_names,
    terms: toTerms(row.scope, row.people ?? []),
    mapping: row.own_mapping ?? row.app_mapping ?? undefined,
    rollout: row.rollout === null ? undefined : toRollout(row.rollout, row.app_mapping),
    remapping: takesApp && row.app_version !== row.taken_version ? { version: row.app_version } : null,
    expanding: row.expanding,
    comparing: row.comparing,
    grouping: row.grouping,
  };
}

function toTerms(
  { condition, starts, ends, timeZone }: StoredScope,
  people: readonly { userId: string | null; nameKey: string | null }[],
): PolicyTerms | undefined {
  if (people.length === 0 && condition === undefined && starts === undefined && ends === undefined) return undefined;
  return {
    userIds: people.flatMap(({ userId }) => (userId === null ? [] : [userId])),
    userNameKeys: people.flatMap(({ nameKey }) => (nameKey === null ? [] : [nameKey])),
    condition: condition ?? null,
    starts: starts ?? null,
    ends: ends ?? null,
    timeZone: timeZone ?? "UTC",
  };
}

/** A person as the mapping sees it: also tombstones, which are wanted nowhere. */
export type PersonInput = {
  userId: string;
  user: UserState;
  deleted: boolean;
  groupIds: string[];
  /** Names of all their groups, where a condition asks for them. */
  groupNames?: string[];
  /** Roles given and taken by hand, where they count. */
  manualRoles?: { role: string; effect: "grant" | "remove" }[];
  /** Why their removal from the connection's app may not be planned now; null when it may. */
  removalHold: RemovalHold | null;
};

const PEOPLE: NamedStatement<{
  id: string;
  user_name: string;
  external_id: string | null;
  active: boolean;
  attributes: UserState["attributes"];
  deleted: boolean;
  group_ids: string[] | null;
  removal_hold: RemovalHold | null;
}> = {
  name: "people",
  text: `
select u.id, u.user_name, u.external_id, u.active, u.attributes, u.deleted_at is not null as deleted, (
  select array_agg(member.group_id) from (
    select m.group_id from memberships m where m.tenant_id = $1 and m.user_id = u.id and m.group_id = any($3::uuid[])
    union select a.ancestor_id from memberships m cross join lateral (
      select ancestor_id from group_ancestors where tenant_id = $1 and group_id = m.group_id offset 0) a
    where m.tenant_id = $1 and m.user_id = u.id and a.ancestor_id = any($3::uuid[])) member) as group_ids, ${removalHold("$4")} as removal_hold
from users u where u.tenant_id = $1 and u.id = any($2::uuid[])`,
};

/** Reads people, which of the groups that matter they are in, also through nesting, and what the guard says, for a whole batch in one statement. */
export async function getPeople(
  tx: Statements,
  lane: { tenantId: TenantId; connectionId: string },
  userIds: readonly string[],
  groupIds: readonly string[],
): Promise<Map<string, PersonInput>> {
  const rows = await tx.named(PEOPLE, [lane.tenantId, userIds, groupIds, lane.connectionId]);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        userId: row.id,
        user: { userName: row.user_name, externalId: row.external_id, active: row.active, attributes: row.attributes },
        deleted: row.deleted,
        groupIds: row.group_ids ?? [],
        removalHold: row.removal_hold,
      },
    ]),
  );
}

/** An account of the same lane that the app knows under a userName that somebody else needs now. */
export type Rival = {
  userId: string;
  userNameKey: string;
  remoteId: string;
  /** Work on it is outstanding: whoever needs the name waits. */
  unfinished: boolean;
  deleted: boolean;
  externalId: string | null;
};

const RIVALS: NamedStatement<{
  user_id: string;
  remote_user_name_key: string;
  remote_id: string;
  unfinished: boolean;
  deleted: boolean;
  external_id: string | null;
}> = {
  name: "rivals",
  text: `
select a.user_id, a.remote_user_name_key, a.remote_id, a.due_at is not null and a.state <> 'stopped' and (a.state <> 'synced' or a.due_at <= now()) as unfinished,
  u.deleted_at is not null as deleted, u.external_id
from unnest($3::text[]) as wanted(key) cross join lateral (
  -- By key only, and judged outside: with more to go by the planner may walk all linked accounts for each name (ADR 0010).
  select user_id, remote_user_name_key, remote_id, due_at, state from accounts
  where tenant_id = $1 and connection_id = $2 and remote_user_name_key = wanted.key offset 0
) a cross join lateral (
  select deleted_at, external_id from users where tenant_id = $1 and id = a.user_id offset 0
) u where a.remote_id is not null`,
};

/** Finds accounts that hold one of these user names in the app, for people who are about to be created there. */
export async function getRivals(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  userNameKeys: readonly string[],
): Promise<Rival[]> {
  if (userNameKeys.length === 0) return [];
  const rows = await tx.named(RIVALS, [tenantId, connectionId, userNameKeys]);
  return rows.map((row) => ({
    userId: row.user_id,
    userNameKey: row.remote_user_name_key,
    remoteId: row.remote_id,
    unfinished: row.unfinished,
    deleted: row.deleted,
    externalId: row.external_id,
  }));
}
