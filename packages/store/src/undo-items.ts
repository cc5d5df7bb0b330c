import type { TenantId } from "./column-types.ts";
import type { NamedStatement, Statements } from "./database.ts";
import type { UndoKey } from "./undos.ts";

/** What an undo does, in the order in which it does it: groups and people first, since memberships need both. */
export const UNDO_STEPS = [
  "returnGroup",
  "returnPerson",
  "activate",
  "addMember",
  "addNested",
  "removeMember",
  "removeNested",
  "deactivate",
] as const;
export type UndoChange = (typeof UNDO_STEPS)[number];
export type UndoItemState = "waiting" | "done" | "refused";

/** Stands for no id in a key. */
export const NO_ID = "00000000-0000-0000-0000-000000000000";

/** The number of a step as it is stored. */
export const stepOf = (change: UndoChange): number => UNDO_STEPS.indexOf(change) + 1;

function changeOf(step: number): UndoChange {
  const change = UNDO_STEPS[step - 1];
  if (change === undefined) throw new Error(`There is no step ${step}`);
  return change;
}

const NESTED = [stepOf("addNested"), stepOf("removeNested")].join(", ");

// Names by key, for the few rows that are shown: a group that is gone is named as it was.
const named = (items: string): string => `
select i.step, i.group_id as "groupId", i.subject_id as "subjectId", i.state, i.reason,
  coalesce(g.display_name, p.display_name) as "groupName", coalesce(u.user_name, m.display_name, q.display_name) as "subjectName"
from ${items} i
left join lateral (select display_name from groups where tenant_id = $1 and id = i.group_id offset 0) g on true
left join lateral (select display_name from past_groups where tenant_id = $1 and group_id = i.group_id and g is null
  order by deleted_at desc, id desc limit 1) p on true
left join lateral (select user_name from users where tenant_id = $1 and id = i.subject_id and i.step not in (${NESTED}) offset 0) u on true
left join lateral (select display_name from groups where tenant_id = $1 and id = i.subject_id and i.step in (${NESTED}) offset 0) m on true
left join lateral (select display_name from past_groups where tenant_id = $1 and group_id = i.subject_id and i.step in (${NESTED}) and m is null
  order by deleted_at desc, id desc limit 1) q on true`;

type ItemRow = {
  step: number;
  groupId: string;
  subjectId: string;
  state: UndoItemState;
  reason: string | null;
  groupName: string | null;
  subjectName: string | null;
};

/** Where an item stands among those of an undo. */
export type UndoPlace = { change: UndoChange; groupId: string; subjectId: string };

/** One thing that an undo does. */
export type UndoItem = UndoPlace & {
  group: { id: string; displayName: string | null } | null;
  person: { id: string; userName: string | null } | null;
  /** The group that is a member of the group. */
  member: { id: string; displayName: string | null } | null;
  state: UndoItemState;
  reason: string | null;
};

function toItem(row: ItemRow): UndoItem {
  const change = changeOf(row.step);
  const isNested = change === "addNested" || change === "removeNested";
  const hasSubject = row.subjectId !== NO_ID;
  return {
    change,
    groupId: row.groupId,
    subjectId: row.subjectId,
    group: row.groupId === NO_ID ? null : { id: row.groupId, displayName: row.groupName },
    person: hasSubject && !isNested ? { id: row.subjectId, userName: row.subjectName } : null,
    member: isNested ? { id: row.subjectId, displayName: row.subjectName } : null,
    state: row.state,
    reason: row.reason,
  };
}

// A page is an index range from the last item seen.
const LIST: NamedStatement<ItemRow> = {
  name: "list-undo-items",
  text: `${named(`(select * from undo_items where tenant_id = $1 and undo_id = $2 and ($3::smallint is null or step = $3) and ($4::text is null or state = $4)
    and (step, group_id, subject_id) > ($5::smallint, $6::uuid, $7::uuid) order by step, group_id, subject_id limit $8)`)}
order by i.step, i.group_id, i.subject_id`,
};

/** Lists what an undo does, in its order; `after` is the last one already seen. */
export async function listUndoItems(
  tx: Statements,
  tenantId: TenantId,
  page: {
    undoId: string;
    change: UndoChange | undefined;
    state: UndoItemState | undefined;
    after: UndoPlace | undefined;
    limit: number;
  },
): Promise<UndoItem[]> {
  const { undoId, change, state, after, limit } = page;
  const step = change === undefined ? null : stepOf(change);
  const place = after === undefined ? [0, NO_ID, NO_ID] : [stepOf(after.change), after.groupId, after.subjectId];
  const rows = await tx.named(LIST, [tenantId, undoId, step, state ?? null, ...place, limit]);
  return rows.map(toItem);
}

const COUNTS: NamedStatement<{ step: number; state: UndoItemState; count: number }> = {
  name: "count-undo-items",
  text: `
select step, state, count(*) as count from undo_items where tenant_id = $1 and undo_id = $2 group by step, state order by step`,
};

const EXAMPLES: NamedStatement<ItemRow> = {
  name: "undo-examples",
  text: `${named(`(select e.* from generate_series(1, ${UNDO_STEPS.length}) as s(step) cross join lateral (
    select * from undo_items where tenant_id = $1 and undo_id = $2 and step = s.step order by group_id, subject_id limit $3) e)`)}
order by i.step, i.group_id, i.subject_id`,
};

/** How many changes of a kind there are, by what became of them, with the first few. */
export type UndoCount = { change: UndoChange; waiting: number; done: number; refused: number; first: UndoItem[] };

/** Examples of each kind. */
const EXAMPLES_EACH = 5;

/** Counts what an undo does, or did, and names the first of each kind. */
export async function countUndoItems(tx: Statements, tenantId: TenantId, undoId: string): Promise<UndoCount[]> {
  const [counts, examples] = await Promise.all([
    tx.named(COUNTS, [tenantId, undoId]),
    tx.named(EXAMPLES, [tenantId, undoId, EXAMPLES_EACH]),
  ]);
  const found = new Map<UndoChange, UndoCount>();
  for (const row of counts) {
    const change = changeOf(row.step);
    const entry = found.get(change) ?? { change, waiting: 0, done: 0, refused: 0, first: [] };
    found.set(change, { ...entry, [row.state]: row.count });
  }
  for (const item of examples.map(toItem)) found.get(item.change)?.first.push(item);
  return [...found.values()];
}

const NEXT: NamedStatement<{ step: number; groupId: string; subjectId: string }> = {
  name: "next-undo-items",
  text: `
with first as materialized (
  select step, group_id from undo_items where tenant_id = $1 and undo_id = $2 and state = 'waiting' order by step, group_id, subject_id limit 1
)
select i.step, i.group_id as "groupId", i.subject_id as "subjectId" from first cross join lateral (
  select step, group_id, subject_id from undo_items where tenant_id = $1 and undo_id = $2 and state = 'waiting' and step = first.step
    and (first.step = ${stepOf("returnGroup")} or group_id = first.group_id) order by group_id, subject_id
  limit case when first.step = ${stepOf("returnGroup")} then $3::int else $4::int end) i
order by i."group_id", i.subject_id`,
};

/** What to do next in one transaction: several groups or people, or several members of one group. */
export type UndoChunk = { change: UndoChange; groupIds: string[]; subjectIds: string[] };

/** Reads the next things to do of a locked undo; undefined when all is done. */
export async function nextUndoChunk(
  tx: Statements,
  key: UndoKey,
  limits: { groups: number; people: number },
): Promise<UndoChunk | undefined> {
  const rows = await tx.named(NEXT, [key.tenantId, key.undoId, limits.groups, limits.people]);
  const [first] = rows;
  if (first === undefined) return undefined;
  return {
    change: changeOf(first.step),
    groupIds: [...new Set(rows.map((row) => row.groupId))],
    subjectIds: rows.map((row) => row.subjectId),
  };
}

// Written as an insert for the reason that mark-person.ts gives: the rows are there, and are looked up by key.
const SETTLE: NamedStatement<object> = {
  name: "settle-undo-items",
  text: `
insert into undo_items (tenant_id, undo_id, step, group_id, subject_id, state, reason)
select $1, $2, $3, r.group_id, r.subject_id, case when r.reason is null then 'done' else 'refused' end, r.reason
from unnest($4::uuid[], $5::uuid[], $6::text[]) as r(group_id, subject_id, reason) order by 4, 5
on conflict (tenant_id, undo_id, step, group_id, subject_id) do update set state = excluded.state, reason = excluded.reason`,
};

/** What became of one thing: done when there is no reason against it. */
export type Settled = { groupId: string; subjectId: string; reason: string | null };

/** Notes what became of a chunk. */
export async function settleUndoItems(
  tx: Statements,
  key: UndoKey,
  change: UndoChange,
  settled: readonly Settled[],
): Promise<void> {
  await tx.named(SETTLE, [
    key.tenantId,
    key.undoId,
    stepOf(change),
    settled.map(({ groupId }) => groupId),
    settled.map(({ subjectId }) => subjectId),
    settled.map(({ reason }) => reason),
  ]);
}

const LEAVERS: NamedStatement<{ ids: string[]; groups: boolean }> = {
  name: "undo-leavers",
  text: `
select coalesce(array_agg(subject_id) filter (where step = ${stepOf("deactivate")}), '{}') as ids, coalesce(bool_or(step <> ${stepOf("deactivate")}), false) as groups
from undo_items where tenant_id = $1 and undo_id = $2 and step >= ${stepOf("removeMember")} and state = 'waiting'`,
};

/** Whom an undo has yet to make inactive, and whether it has yet to take anybody out of groups. */
export async function findUndoLeavers(
  tx: Statements,
  key: UndoKey,
): Promise<{ userIds: readonly string[]; groups: boolean }> {
  const [row] = await tx.named(LEAVERS, [key.tenantId, key.undoId]);
  if (row === undefined) throw new Error("An aggregate must return a row");
  return { userIds: row.ids, groups: row.groups };
}
