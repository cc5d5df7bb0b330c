import type { NamedStatement, Statements } from "./database.ts";
import type { LaneKey } from "./lanes.ts";
import { bindTried } from "./name-patterns.ts";
import type { RolloutPolicy } from "./rollout-tables.ts";
import type { TenantId } from "./tables.ts";

/** An edit that is tried out, without what it says: that is its version's. */
export type RolloutRecord = { versionId: string; number: number; actor: string; startedAt: Date };

const GET: NamedStatement<RolloutRecord> = {
  name: "get-rollout",
  text: `
select version_id as "versionId", number, actor, started_at as "startedAt" from rollouts where tenant_id = $1 and connection_id = $2`,
};

/** Reads what is tried out in a connection; undefined when nothing is. */
export async function getRollout(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
): Promise<RolloutRecord | undefined> {
  const [row] = await tx.named(GET, [tenantId, connectionId]);
  return row;
}

/** A group that decides about a rollout, as it is bound, or the name or pattern that it goes by until one is. */
export type RolloutBinding = { part: "assigned" | "rule"; position: number } & (
  | { groupId: string }
  | { nameKey: string }
  | { pattern: string }
);

export type NewRollout = {
  directoryId: string;
  versionId: string;
  number: number;
  actor: string;
  policy: RolloutPolicy;
  /** Any group may decide, by its name. */
  readsNames: boolean;
  /** People's attributes decide who has access, by the scope or by a mapping that says who is active. */
  judgesAttributes: boolean;
  bindings: readonly RolloutBinding[];
};

const INSERT: NamedStatement<{ connection_id: string }> = {
  name: "insert-rollout",
  text: `
with made as (
  insert into rollouts (tenant_id, connection_id, directory_id, version_id, number, actor, policy, reads_names, judges_attributes)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning connection_id
), bound as (
  insert into rollout_groups (tenant_id, connection_id, part, position, group_id)
  select $1, made.connection_id, b.part, b.position, b."groupId" from made, jsonb_to_recordset($10::jsonb) as b(part text, position integer, "groupId" uuid)
  where b."groupId" is not null order by 3, 4
), waiting as (
  insert into rollout_names (tenant_id, connection_id, part, position, display_name_key, name_pattern)
  select $1, made.connection_id, b.part, b.position, b."nameKey", b.pattern
  from made, jsonb_to_recordset($10::jsonb) as b(part text, position integer, "groupId" uuid, "nameKey" text, pattern text)
  where b."groupId" is null order by 3, 4
)
select connection_id from made`,
};

/** Keeps an edit that is tried out, of nobody yet. Throws a unique violation when the connection has one. */
export async function insertRollout(
  tx: Statements,
  { tenantId, connectionId }: LaneKey,
  rollout: NewRollout,
): Promise<void> {
  const { directoryId, versionId, number, actor, policy, readsNames, judgesAttributes, bindings } = rollout;
  const of = [tenantId, connectionId, directoryId, versionId, number, actor];
  await tx.named(INSERT, [...of, JSON.stringify(policy), readsNames, judgesAttributes, JSON.stringify(bindings)]);
  await bindTried(tx, tenantId, connectionId);
}

const PUT_PEOPLE: NamedStatement<{ connection_id: string }> = {
  name: "put-rollout-people",
  text: `
with gone as (
  delete from rollout_people where tenant_id = $1 and connection_id = $2 and user_id <> all($3::uuid[])
), left_out as (
  delete from rollout_groups where tenant_id = $1 and connection_id = $2 and part = 'chosen' and group_id <> all($4::uuid[])
), people as (
  insert into rollout_people (tenant_id, connection_id, user_id) select distinct $1::uuid, $2::uuid, id from unnest($3::uuid[]) as p(id) order by id
  on conflict do nothing
), groups as (
  insert into rollout_groups (tenant_id, connection_id, part, position, group_id) select distinct $1::uuid, $2::uuid, 'chosen', 0, id from unnest($4::uuid[]) as g(id) order by id
  on conflict do nothing
)
select connection_id from rollouts where tenant_id = $1 and connection_id = $2`,
};

/** Replaces on whom an edit is tried out: single people, and the members of groups. They are still to be expanded by the caller. */
export async function putRolloutPeople(
  tx: Statements,
  { tenantId, connectionId }: LaneKey,
  whom: { userIds: readonly string[]; groupIds: readonly string[] },
): Promise<void> {
  await tx.named(PUT_PEOPLE, [tenantId, connectionId, whom.userIds, whom.groupIds]);
}

const DELETE: NamedStatement<RolloutRecord> = {
  name: "delete-rollout",
  text: `
delete from rollouts where tenant_id = $1 and connection_id = $2
returning version_id as "versionId", number, actor, started_at as "startedAt"`,
};

/** Ends a rollout, for everybody it applied to; undefined when there was none. They are still to be expanded by the caller. */
export async function deleteRollout(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
): Promise<RolloutRecord | undefined> {
  const [row] = await tx.named(DELETE, [tenantId, connectionId]);
  return row;
}

/** On whom an edit is tried out. A group that is gone has no name. */
export type RolloutPeople = {
  people: { id: string; userName: string }[];
  groups: { id: string; displayName: string | null }[];
  /** How many that is now, each once, those who are deleted left out. */
  count: number;
};

const LIST_PEOPLE: NamedStatement<{
  people: RolloutPeople["people"] | null;
  groups: RolloutPeople["groups"] | null;
  count: number;
}> = {
  name: "list-rollout-people",
  text: `
with named as materialized (
  select u.id, u.user_name from rollout_people p cross join lateral (
    select id, user_name from users where tenant_id = $1 and id = p.user_id and deleted_at is null offset 0) u
  where p.tenant_id = $1 and p.connection_id = $2
), chosen as materialized (
  select group_id from rollout_groups where tenant_id = $1 and connection_id = $2 and part = 'chosen'
), reached as (
  select group_id from chosen union select a.group_id from chosen cross join lateral (
    select group_id from group_ancestors where tenant_id = $1 and ancestor_id = chosen.group_id offset 0) a
)
select (select json_agg(json_build_object('id', id, 'userName', user_name) order by user_name) from named) as people,
  (select json_agg(json_build_object('id', c.group_id, 'displayName', (select display_name from groups where tenant_id = $1 and id = c.group_id)) order by c.group_id)
    from chosen c) as groups,
  (select count(*) from (select id from named union select m.user_id from reached r cross join lateral (
    select user_id from memberships where tenant_id = $1 and group_id = r.group_id offset 0) m) everybody) as count`,
};

/** Reads on whom a connection's rollout is tried out. */
export async function listRolloutPeople(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
): Promise<RolloutPeople> {
  const [row] = await tx.named(LIST_PEOPLE, [tenantId, connectionId]);
  return { people: row?.people ?? [], groups: row?.groups ?? [], count: row?.count ?? 0 };
}
