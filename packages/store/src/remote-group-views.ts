import type { AccountCounts } from "./account-views.ts";
import type { NamedStatement, Statements } from "./database.ts";
import type { RemoteMemberState } from "./remote-group-tables.ts";
import { type GroupCandidate, WANTED } from "./remote-groups.ts";
import type { AccountState, TenantId } from "./tables.ts";

/** A pushed group as the console shows it. */
export type RemoteGroupView = {
  groupId: string;
  /** Its name here; null when the group does not exist any more. */
  displayName: string | null;
  /** False while it is still to be taken away. */
  wanted: boolean;
  state: AccountState;
  reason: string | null;
  errorClass: string | null;
  lastStatus: number | null;
  remoteId: string | null;
  appliedName: string | null;
  made: boolean;
  candidates: GroupCandidate[];
  members: Record<RemoteMemberState, number>;
  desiredGeneration: number;
  appliedGeneration: number;
  attempts: number;
  nextAttemptAt: Date | null;
  updatedAt: Date;
};

const LIST: NamedStatement<RemoteGroupView> = {
  name: "list-remote-groups",
  text: `
select r.group_id as "groupId", g.display_name as "displayName", r.wanted, r.state, r.reason, r.error_class as "errorClass", r.last_status as "lastStatus",
  r.remote_id as "remoteId", r.applied_name as "appliedName", r.made, r.candidates, m.members, r.desired_generation as "desiredGeneration",
  r.applied_generation as "appliedGeneration", r.attempts, r.due_at as "nextAttemptAt", r.updated_at as "updatedAt"
from (
  select * from remote_groups where tenant_id = $1 and connection_id = $2 and ($3::text is null or state = $3) and ($4::uuid is null or group_id > $4)
  order by group_id limit $5
) r left join groups g on g.tenant_id = $1 and g.id = r.group_id
cross join lateral (
  select json_build_object('adding', count(*) filter (where state = 'adding'), 'applied', count(*) filter (where state = 'applied'),
    'removing', count(*) filter (where state = 'removing'), 'parked', count(*) filter (where state = 'parked')) as members
  from remote_group_members where tenant_id = $1 and connection_id = $2 and group_id = r.group_id offset 0) m
order by r.group_id`,
};

/** Lists the groups that a connection pushes, in the order of their ids. */
export async function listRemoteGroups(
  tx: Statements,
  tenantId: TenantId,
  page: { connectionId: string; state?: AccountState | undefined; after: string | undefined; limit: number },
): Promise<RemoteGroupView[]> {
  return await tx.named(LIST, [tenantId, page.connectionId, page.state ?? null, page.after ?? null, page.limit]);
}

/** What a member of a pushed group is listed under. */
export type RemoteMemberFilter = "missing" | "applied" | "parked";

export type RemoteMemberView = {
  userId: string;
  userName: string;
  /** Null while the person has no account in the app. */
  remoteId: string | null;
  state: RemoteMemberFilter;
  reason: string | null;
};

// The page is cut by person before anything is looked up for them.
const MEMBERS: NamedStatement<RemoteMemberView> = {
  name: "list-remote-members",
  text: `
with parts as materialized (
  select $3::uuid as id where (select wanted from remote_groups where tenant_id = $1 and connection_id = $2 and group_id = $3)
  union select group_id from group_ancestors where tenant_id = $1 and ancestor_id = $3
    and (select wanted from remote_groups where tenant_id = $1 and connection_id = $2 and group_id = $3)
), listed as (
  select user_id, remote_id, case state when 'adding' then 'missing' when 'parked' then 'parked' else 'applied' end as state, reason
  from remote_group_members where tenant_id = $1 and connection_id = $2 and group_id = $3
  union all
  select w.user_id, null, 'missing', 'Has no account in the app yet' from (
    select distinct m.user_id from parts cross join lateral (select user_id from memberships where tenant_id = $1 and group_id = parts.id offset 0) m) w
  where $4::text is distinct from 'applied' and $4::text is distinct from 'parked' and not exists (
    select 1 from accounts a where a.tenant_id = $1 and a.connection_id = $2 and a.user_id = w.user_id and a.remote_id is not null offset 0)
)
select l.user_id as "userId", u.user_name as "userName", l.remote_id as "remoteId", l.state, l.reason
from (
  -- Somebody whose account was made anew may be there by both ids.
  select distinct on (user_id) * from listed where ($4::text is null or state = $4) and ($5::uuid is null or user_id > $5)
  order by user_id, state desc, remote_id limit $6
) l cross join lateral (select user_name from users where tenant_id = $1 and id = l.user_id offset 0) u
order by l.user_id`,
};

/** Lists the members of a pushed group in the order of their people's ids. */
export async function listRemoteMembers(
  tx: Statements,
  tenantId: TenantId,
  page: {
    connectionId: string;
    groupId: string;
    state?: RemoteMemberFilter | undefined;
    after: string | undefined;
    limit: number;
  },
): Promise<RemoteMemberView[]> {
  return await tx.named(MEMBERS, [
    tenantId,
    page.connectionId,
    page.groupId,
    page.state ?? null,
    page.after ?? null,
    page.limit,
  ]);
}

const HAS: NamedStatement<{ group_id: string }> = {
  name: "has-remote-group",
  text: "select group_id from remote_groups where tenant_id = $1 and connection_id = $2 and group_id = $3",
};

/** Tells whether a connection pushes a group, or is still to take it away. */
export async function hasRemoteGroup(
  tx: Statements,
  tenantId: TenantId,
  group: { connectionId: string; groupId: string },
): Promise<boolean> {
  return (await tx.named(HAS, [tenantId, group.connectionId, group.groupId])).length > 0;
}

const COUNT: NamedStatement<{ state: AccountState; groups: number; due: number; in_flight: number }> = {
  name: "count-remote-groups",
  text: `
with ${WANTED}, pushed as materialized (
  select group_id from remote_groups where tenant_id = $1 and connection_id = $2 and wanted
)
select state, count(*) as groups, count(*) filter (where due_at <= now()) as due, count(*) filter (where in_flight_epoch is not null) as in_flight
from remote_groups where tenant_id = $1 and connection_id = $2 group by state
union all select 'pending', 0, count(*), 0 from remote_group_marks where tenant_id = $1 and connection_id = $2
union all select 'pending', 0, (select count(*) from wanted where group_id not in (select group_id from pushed))
  + (select count(*) from pushed where group_id not in (select group_id from wanted)), 0`,
};

/** Counts a connection's pushed groups by state; a mark that was not taken and a group that was not met yet count as due. */
export async function countRemoteGroups(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
): Promise<AccountCounts> {
  const counts: AccountCounts = { pending: 0, synced: 0, failing: 0, stopped: 0, held: 0, due: 0, inFlight: 0 };
  for (const row of await tx.named(COUNT, [tenantId, connectionId])) {
    counts[row.state] += row.groups;
    counts.due += row.due;
    counts.inFlight += row.in_flight;
  }
  return counts;
}

const RETRY: NamedStatement<{ group_id: string }> = {
  name: "retry-remote-group",
  text: `
with decided as (
  update remote_groups set decided_remote_id = coalesce($4, decided_remote_id) where tenant_id = $1 and connection_id = $2 and group_id = $3
    and ($4::text is null or remote_id is null)
  returning group_id
), unparked as (
  update remote_group_members m set retry_at = now() from decided
  where m.tenant_id = $1 and m.connection_id = $2 and m.group_id = decided.group_id and m.retry_at is not null
), marked as (
  insert into remote_group_marks (tenant_id, connection_id, group_id) select $1, $2, group_id from decided
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal) select $1::uuid, $2::uuid, false from decided
)
select group_id from decided`,
};

/** Has a pushed group looked at again, with whom its app refused, and perhaps with the app's group that somebody chose for it; false when there is no such group. */
export async function retryRemoteGroup(
  tx: Statements,
  tenantId: TenantId,
  group: { connectionId: string; groupId: string; remoteId: string | null },
): Promise<boolean> {
  const rows = await tx.named(RETRY, [tenantId, group.connectionId, group.groupId, group.remoteId]);
  return rows.length > 0;
}
