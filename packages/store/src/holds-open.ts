import type { Actor } from "./audit.ts";
import type { NamedStatement, Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";
import type { Marked } from "./users.ts";

/** Many removals that one request or run will make in several transactions. */
export type RemovalCause = {
  /** Such as "scim.bulk:<id>"; closed under the same words. */
  cause: string;
  actor: Actor;
  /** Whom it may take out; people of other directories are ignored. */
  userIds: readonly string[];
  /** It also takes people out of groups, or groups out of groups: everybody of the connections is judged. */
  groups: boolean;
  /** Nobody goes without approval, because the source was read in part only. */
  holdAll: boolean;
};

// As long as a request or a chunk may take; each chunk begins it anew. Whoever dies meanwhile is judged after it.
const OPEN_FOR = "interval '60 seconds'";

const OPEN_CAUSE: NamedStatement<{ connection_id: string }> = {
  name: "open-cause",
  text: `
with own as (
  select id from connections where tenant_id = $1 and directory_id = $2
), people as materialized (
  select w.id from unnest($5::uuid[]) as w(id) cross join lateral (
    select directory_id from users where tenant_id = $1 and id = w.id offset 0) u where u.directory_id = $2
), expanded as (
  insert into expansions (tenant_id, connection_id, id, cause, removal, user_ids, actor, guard, hold_all, open_until)
  select $1, own.id, gen_random_uuid(), $3, true, (
      select coalesce(array_agg(p.id order by p.id), '{}') from people p cross join lateral (
        select user_id from accounts where tenant_id = $1 and connection_id = own.id and user_id = p.id offset 0) a),
    $4, 'people', $6, now() + ${OPEN_FOR} from own
  returning connection_id
), scoped as (
  insert into expansions (tenant_id, connection_id, id, cause, removal, user_ids, actor, guard, hold_all, open_until)
  select $1, own.id, gen_random_uuid(), $3, true, '{}', $4, 'scope', $6, now() + ${OPEN_FOR} from own where $7
)
select connection_id from expanded`,
};

/**
 * Says, before the first of them, that many removals of one cause are coming in a directory: none of these people is removed
 * from an app until the cause is closed and the guard has judged it as a whole (house trap 4).
 */
export async function openCause(
  tx: Statements,
  tenantId: TenantId,
  input: RemovalCause & { directoryId: string },
): Promise<void> {
  const { directoryId, cause, actor, userIds, holdAll, groups } = input;
  await tx.named(OPEN_CAUSE, [tenantId, directoryId, cause, actor, userIds, holdAll, groups]);
}

const CLOSE_CAUSE: NamedStatement<{ connection_id: string }> = {
  name: "close-cause",
  text: `
with own as (
  select id from connections where tenant_id = $1 and directory_id = $2
), closed as (
  update expansions e set open_until = case when $4 then null else now() + ${OPEN_FOR} end from own
  where e.tenant_id = $1 and e.connection_id = own.id and e.cause = $3 returning e.connection_id
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal) select distinct $1::uuid, connection_id, true from closed where $4
)
select distinct connection_id from closed`,
};

/** Says that all removals of a cause are stored, or (not `ended`) that more come; returns what to ring. */
export async function closeCause(
  tx: Statements,
  tenantId: TenantId,
  input: { directoryId: string; cause: string; ended: boolean },
): Promise<Marked> {
  const rows = await tx.named(CLOSE_CAUSE, [tenantId, input.directoryId, input.cause, input.ended]);
  return { connectionIds: rows.map((row) => row.connection_id), removal: true };
}

const CAUSE_OPEN: NamedStatement<{ open: boolean }> = {
  name: "is-cause-open",
  text: `
select exists (
  select 1 from connections c cross join lateral (
    select open_until from expansions where tenant_id = $1 and connection_id = c.id and cause = $3 offset 0) e
  where c.tenant_id = $1 and c.directory_id = $2 and e.open_until > now()) as open`,
};

/** Whether a cause that was opened waits for more still, or is judged by now. */
export async function isCauseOpen(
  tx: Statements,
  tenantId: TenantId,
  input: { directoryId: string; cause: string },
): Promise<boolean> {
  const [row] = await tx.named(CAUSE_OPEN, [tenantId, input.directoryId, input.cause]);
  return row?.open === true;
}
