import type { NamedStatement, Statements } from "./database.ts";
import { NO_ID, stepOf, type UndoChange } from "./undo-items.ts";
import type { UndoKey, UndoRecord } from "./undos.ts";

// $1 tenant, $2 directory, $3 undo, $4 the time, $5 chosen groups, $6 chosen people; null: all.
const chosenGroup = (id: string): string => `($5::uuid[] is null or ${id} = any($5))`;
const chosenPerson = (id: string): string => `($6::uuid[] is null or ${id} = any($6))`;
/** Items that are known not to be possible are refused at once, so that a preview says so. */
const put = (from: string): string => `
insert into undo_items (tenant_id, undo_id, step, group_id, subject_id, state, reason)
select $1, $3, found.step, found.group_id, found.subject_id, case when found.reason is null then 'waiting' else 'refused' end, found.reason
from (${from}) found on conflict do nothing`;
const NONE = `'${NO_ID}'::uuid`;
const waits = (change: UndoChange, group: string, subject: string): string => `exists (
    select 1 from undo_items i where i.tenant_id = $1 and i.undo_id = $3 and i.step = ${stepOf(change)} and i.group_id = ${group}
      and i.subject_id = ${subject} and i.state = 'waiting' offset 0)`;

const BEGIN: NamedStatement<object> = {
  name: "begin-undo-preview",
  text: "delete from undo_items where tenant_id = $1 and undo_id = $2",
};

const GROUPS: NamedStatement<object> = {
  name: "undo-groups",
  text: put(`
  select ${stepOf("returnGroup")} as step, p.group_id, ${NONE} as subject_id, case when exists (
      select 1 from groups g where g.tenant_id = $1 and g.directory_id = $2 and g.display_name_key = p.display_name_key offset 0)
    then 'Another group has this displayName now' end as reason
  from (
    select distinct on (group_id) group_id, display_name_key, created_at from past_groups
    where tenant_id = $1 and directory_id = $2 and deleted_at > $4::timestamptz and ${chosenGroup("group_id")}
    order by group_id, deleted_at desc, id desc) p
  where p.created_at <= $4::timestamptz and ($6::uuid[] is null or $5::uuid[] is not null)
    and not exists (select 1 from groups g where g.tenant_id = $1 and g.id = p.group_id offset 0)`),
};

// What somebody was at a time is what the first change after it says that they were until then.
const PEOPLE: NamedStatement<object> = {
  name: "undo-people",
  text: put(`
  select case when u.deleted_at is not null then ${stepOf("returnPerson")} when w.active then ${stepOf("activate")} else ${stepOf("deactivate")} end as step,
    ${NONE} as group_id, w.user_id as subject_id, case when u.deleted_at is null then null
      when exists (select 1 from users l where l.tenant_id = $1 and l.directory_id = $2 and l.user_name_key = u.user_name_key and l.deleted_at is null offset 0)
        or row_number() over (partition by u.deleted_at is null, u.user_name_key order by u.deleted_at desc) > 1
        then 'Another person has this userName now'
      when exists (select 1 from users l where l.tenant_id = $1 and l.directory_id = $2 and l.external_id = u.external_id and l.deleted_at is null offset 0)
        then 'Another person has this externalId now' end as reason
  from (
    select distinct on (user_id) user_id, active, deleted from past_people
    where tenant_id = $1 and directory_id = $2 and until > $4::timestamptz and ${chosenPerson("user_id")}
    order by user_id, until, id) w
  cross join lateral (
    select active, deleted_at, created_at, user_name_key, external_id from users where tenant_id = $1 and id = w.user_id offset 0) u
  where not w.deleted and u.created_at <= $4::timestamptz and ($5::uuid[] is null or $6::uuid[] is not null)
    and (u.deleted_at is not null or (w.active and not u.active) or ($7 and u.active and not w.active))`),
};

const GONE_GROUP = "The group is gone, and does not come back with this undo";
const GONE_PERSON = "The person is deleted, and does not come back with this undo";

// A chunk of history after the last row seen; the index gives it in this order.
const LOST_MEMBERS: NamedStatement<{ place: string | null; id: number | null }> = {
  name: "undo-lost-members",
  text: `
with seen as materialized (
  select left_at, id, group_id, user_id, joined_at from past_memberships
  where tenant_id = $1 and directory_id = $2 and left_at > $4::timestamptz and (left_at, id) > ($7::timestamptz, $8::bigint) order by left_at, id limit $9
), placed as (${put(`
  select ${stepOf("addMember")} as step, s.group_id, s.user_id as subject_id, case
      when g.id is null and not ${waits("returnGroup", "s.group_id", NONE)} then '${GONE_GROUP}'
      when u.deleted_at is not null and not ${waits("returnPerson", NONE, "s.user_id")} then '${GONE_PERSON}' end as reason
  from seen s
  cross join lateral (select deleted_at from users where tenant_id = $1 and id = s.user_id offset 0) u
  left join lateral (select id from groups where tenant_id = $1 and id = s.group_id offset 0) g on true
  where coalesce(s.joined_at, '-infinity') <= $4::timestamptz and ${chosenGroup("s.group_id")} and ${chosenPerson("s.user_id")}
    and not exists (select 1 from memberships m where m.tenant_id = $1 and m.group_id = s.group_id and m.user_id = s.user_id offset 0)`)}
)
select max(left_at)::text as place, (array_agg(id order by left_at desc, id desc))[1] as id from seen`,
};

// Who joined since and was no member at the time: who was has a row of history that covers it.
const NEW_MEMBERS: NamedStatement<{ last: string | null }> = {
  name: "undo-new-members",
  text: `
with page as materialized (
  select id from groups where tenant_id = $1 and directory_id = $2 and id > $7 and ${chosenGroup("id")} order by id limit $8
), placed as (${put(`
  select ${stepOf("removeMember")} as step, m.group_id, m.user_id as subject_id, null::text as reason
  from page cross join lateral (
    select group_id, user_id, at from memberships where tenant_id = $1 and group_id = page.id offset 0) m
  where m.at > $4::timestamptz and ${chosenPerson("m.user_id")} and not exists (
    select 1 from past_memberships p where p.tenant_id = $1 and p.user_id = m.user_id and p.group_id = m.group_id
      and p.left_at > $4::timestamptz and coalesce(p.joined_at, '-infinity') <= $4::timestamptz offset 0)`)}
)
select (select id from page order by id desc limit 1) as last`,
};

const LOST_NESTED: NamedStatement<object> = {
  name: "undo-lost-nested",
  text: put(`
  select ${stepOf("addNested")} as step, s.group_id, s.member_group_id as subject_id, case
      when g.id is null and not ${waits("returnGroup", "s.group_id", NONE)} then '${GONE_GROUP}'
      when n.id is null and not ${waits("returnGroup", "s.member_group_id", NONE)} then 'The group that was a member is gone, and does not come back with this undo' end as reason
  from past_nesting s
  left join lateral (select id from groups where tenant_id = $1 and id = s.group_id offset 0) g on true
  left join lateral (select id from groups where tenant_id = $1 and id = s.member_group_id offset 0) n on true
  where s.tenant_id = $1 and s.directory_id = $2 and s.left_at > $4::timestamptz and coalesce(s.joined_at, '-infinity') <= $4::timestamptz
    and $6::uuid[] is null and (${chosenGroup("s.group_id")} or ${chosenGroup("s.member_group_id")})
    and not exists (select 1 from group_members m where m.tenant_id = $1 and m.group_id = s.group_id and m.member_group_id = s.member_group_id offset 0)`),
};

const NEW_NESTED: NamedStatement<object> = {
  name: "undo-new-nested",
  text: put(`
  select ${stepOf("removeNested")} as step, m.group_id, m.member_group_id as subject_id, null::text as reason
  from groups g cross join lateral (
    select group_id, member_group_id, at from group_members where tenant_id = $1 and group_id = g.id offset 0) m
  where g.tenant_id = $1 and g.directory_id = $2 and m.at > $4::timestamptz and $6::uuid[] is null
    and (${chosenGroup("m.group_id")} or ${chosenGroup("m.member_group_id")}) and not exists (
      select 1 from past_nesting p where p.tenant_id = $1 and p.directory_id = $2 and p.group_id = m.group_id and p.member_group_id = m.member_group_id
        and p.left_at > $4::timestamptz and coalesce(p.joined_at, '-infinity') <= $4::timestamptz)`),
};

/** Rows of history, and groups, looked at in one statement: a fraction of a second each. */
const HISTORY_A_CHUNK = 5_000;
const GROUPS_A_CHUNK = 50;

/** Where the computation of an undo is; what is kept of it is only in memory, because it may begin again at any time. */
export type PreviewPlace =
  | { part: "people" }
  | { part: "lost"; after: string; afterId: number }
  | { part: "added"; after: string }
  | { part: "nesting" };

const valuesOf = (key: UndoKey, undo: UndoRecord): unknown[] => [
  key.tenantId,
  key.directoryId,
  key.undoId,
  undo.to,
  undo.groupIds,
  undo.userIds,
];

/**
 * Computes a part of what an undo would do and stores it as its items; nothing of the directory changes.
 *
 * @returns where to go on; undefined when that was all
 */
export async function previewUndo(
  tx: Statements,
  key: UndoKey,
  undo: UndoRecord,
  place: PreviewPlace,
): Promise<PreviewPlace | undefined> {
  const values = valuesOf(key, undo);
  const isExact = undo.mode === "exact";
  switch (place.part) {
    case "people":
      await tx.named(BEGIN, [key.tenantId, key.undoId]);
      await tx.named(GROUPS, values);
      await tx.named(PEOPLE, [...values, isExact]);
      return { part: "lost", after: "-infinity", afterId: 0 };
    case "lost": {
      const [row] = await tx.named(LOST_MEMBERS, [...values, place.after, place.afterId, HISTORY_A_CHUNK]);
      if (row?.place != null && row.id !== null) return { part: "lost", after: row.place, afterId: row.id };
      return isExact ? { part: "added", after: NO_ID } : { part: "nesting" };
    }
    case "added": {
      const [row] = await tx.named(NEW_MEMBERS, [...values, place.after, GROUPS_A_CHUNK]);
      return row?.last == null ? { part: "nesting" } : { part: "added", after: row.last };
    }
    case "nesting":
      await tx.named(LOST_NESTED, values);
      if (isExact) await tx.named(NEW_NESTED, values);
      return undefined;
  }
}
