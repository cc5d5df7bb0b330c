import type { TenantId } from "./column-types.ts";
import { type Database, inSystem, type NamedStatement, type Statements } from "./database.ts";
import { toTraceId } from "./trace-id.ts";

/** Gives back what was taken since, or (exact) also takes away what was added since. */
export type UndoMode = "giveBack" | "exact";
export type UndoState = "waiting" | "ready" | "applying" | "done" | "failed";
export type UndoKey = { tenantId: TenantId; directoryId: string; undoId: string };

/** A directory, or chosen groups or people of it, to be put back to what they were at a time. */
export type UndoRecord = {
  id: string;
  actor: string;
  /** With microseconds, as the database writes it. */
  to: string;
  mode: UndoMode;
  groupIds: string[] | null;
  userIds: string[] | null;
  state: UndoState;
  reason: string | null;
  tries: number;
  createdAt: Date;
  readyAt: Date | null;
  appliedBy: string | null;
  appliedAt: Date | null;
  traceId: string | null;
  finishedAt: Date | null;
};

const COLUMNS = `id, actor, to_char("to" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "to", mode, group_ids as "groupIds", user_ids as "userIds",
  state, reason, tries, created_at as "createdAt", ready_at as "readyAt", applied_by as "appliedBy", applied_at as "appliedAt", trace_id as "traceId",
  finished_at as "finishedAt"`;

const toRecord = (row: UndoRecord): UndoRecord => ({ ...row, traceId: toTraceId(row.traceId) });

const HISTORY: NamedStatement<{ from: string; to: string }> = {
  name: "history-of-directory",
  text: `
select to_char(greatest(history_since, case when $3 then now() - tombstone_days * interval '1 day' end) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as from,
  to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as to
from directories where tenant_id = $1 and id = $2`,
};

/**
 * From when to when it is known what a directory was; both as RFC 3339 in UTC with microseconds, so that they compare as texts.
 * With `promised` what a worker may delete at any moment is left out.
 */
export async function getHistoryRange(
  tx: Statements,
  key: { tenantId: TenantId; directoryId: string },
  promised: boolean,
): Promise<{ from: string; to: string } | undefined> {
  return (await tx.named(HISTORY, [key.tenantId, key.directoryId, promised]))[0];
}

/** How many undos a directory keeps. */
const KEPT = 20;

const INSERT: NamedStatement<UndoRecord> = {
  name: "insert-undo",
  text: `
with forgotten as (
  delete from undos where tenant_id = $1 and directory_id = $2 and id in (
    select id from undos where tenant_id = $1 and directory_id = $2 and state <> 'applying' order by id desc offset ${KEPT - 1})
  returning id
), ended as (
  delete from undo_turns where undo_id in (select id from forgotten)
), turn as (
  insert into undo_turns (undo_id, tenant_id, directory_id) values ($3, $1, $2)
)
insert into undos (tenant_id, directory_id, id, actor, "to", mode, group_ids, user_ids) values ($1, $2, $3, $4, $5, $6, $7, $8)
returning ${COLUMNS}`,
};

/** Asks what an undo would do; a worker computes it. */
export async function insertUndo(
  tx: Statements,
  key: UndoKey,
  undo: Pick<UndoRecord, "actor" | "to" | "mode" | "groupIds" | "userIds">,
): Promise<UndoRecord> {
  const { actor, to, mode, groupIds, userIds } = undo;
  const values = [key.tenantId, key.directoryId, key.undoId, actor, to, mode, groupIds, userIds];
  const [row] = await tx.named(INSERT, values);
  if (row === undefined) throw new Error("An insert must return its row");
  return toRecord(row);
}

const GET: NamedStatement<UndoRecord> = {
  name: "get-undo",
  text: `select ${COLUMNS} from undos where tenant_id = $1 and directory_id = $2 and id = $3`,
};
const LOCK: NamedStatement<UndoRecord> = { name: "lock-undo", text: `${GET.text} for no key update` };

/** Reads one undo of a directory. */
export async function getUndo(tx: Statements, key: UndoKey): Promise<UndoRecord | undefined> {
  const [row] = await tx.named(GET, [key.tenantId, key.directoryId, key.undoId]);
  return row === undefined ? undefined : toRecord(row);
}

/** The same, and keeps it to this transaction until that ends. */
export async function lockUndo(tx: Statements, key: UndoKey): Promise<UndoRecord | undefined> {
  const [row] = await tx.named(LOCK, [key.tenantId, key.directoryId, key.undoId]);
  return row === undefined ? undefined : toRecord(row);
}

const LIST: NamedStatement<UndoRecord> = {
  name: "list-undos",
  text: `
select ${COLUMNS} from undos where tenant_id = $1 and directory_id = $2 and ($3::uuid is null or id < $3) order by id desc limit $4`,
};

/** Lists a directory's undos, newest first; `before` is the id of the last one already seen. */
export async function listUndos(
  tx: Statements,
  tenantId: TenantId,
  page: { directoryId: string; before: string | undefined; limit: number },
): Promise<UndoRecord[]> {
  const rows = await tx.named(LIST, [tenantId, page.directoryId, page.before ?? null, page.limit]);
  return rows.map(toRecord);
}

/** How long, in seconds, a worker that shows no progress keeps an undo to itself. */
const TURN_S = 30;

const BEGIN_APPLYING: NamedStatement<{ id: string }> = {
  name: "begin-applying-undo",
  text: `
with turn as (
  insert into undo_turns (undo_id, tenant_id, directory_id) values ($3, $1, $2)
  on conflict (undo_id) do update set due_at = now()
)
update undos set state = 'applying', tries = 0, reason = null, applied_by = $4, applied_at = now(),
  trace_id = nullif(current_setting('muster.trace_id', true), '')::uuid, finished_at = null
where tenant_id = $1 and directory_id = $2 and id = $3 returning id`,
};

/** Has a locked undo done: a worker takes it up. What it changes carries this transaction's trace. */
export async function beginApplying(tx: Statements, key: UndoKey, actor: string): Promise<void> {
  await tx.named(BEGIN_APPLYING, [key.tenantId, key.directoryId, key.undoId, actor]);
}

const CLAIM: NamedStatement<{ tenant_id: TenantId; directory_id: string; undo_id: string }> = {
  name: "claim-undos",
  text: `
update undo_turns set due_at = now() + interval '${TURN_S} seconds'
where undo_id = any(array(select undo_id from undo_turns where due_at <= now() order by due_at limit $1 for update skip locked))
returning tenant_id, directory_id, undo_id`,
};

/** Before a tenant is known, ids only: takes undos that wait for a worker, the longest waiting first. */
export async function claimUndos(db: Database, limit: number): Promise<UndoKey[]> {
  const rows = await inSystem(db, (tx) => tx.last.named(CLAIM, [limit]));
  return rows.map((row) => ({ tenantId: row.tenant_id, directoryId: row.directory_id, undoId: row.undo_id }));
}

const TAKE_UP: NamedStatement<UndoRecord> = {
  name: "take-up-undo",
  text: `
update undos set tries = tries + 1 where tenant_id = $1 and directory_id = $2 and id = $3 and state in ('waiting', 'applying') returning ${COLUMNS}`,
};

/** Counts a worker that takes up an undo; undefined when there is nothing to do. */
export async function takeUpUndo(tx: Statements, key: UndoKey): Promise<UndoRecord | undefined> {
  const [row] = await tx.named(TAKE_UP, [key.tenantId, key.directoryId, key.undoId]);
  return row === undefined ? undefined : toRecord(row);
}

const KEEP_TURN: NamedStatement<{ id: string }> = {
  name: "keep-undo-turn",
  text: `
with kept as (
  update undo_turns set due_at = now() + interval '${TURN_S} seconds' where undo_id = $3
)
update undos set tries = 1 where tenant_id = $1 and directory_id = $2 and id = $3 and tries <> 1`,
};

/** Notes that an undo comes on, so that nobody else takes it up. */
export async function keepUndoTurn(tx: Statements, key: UndoKey): Promise<void> {
  await tx.named(KEEP_TURN, [key.tenantId, key.directoryId, key.undoId]);
}

const HOLD_PREVIEW: NamedStatement<{ id: string }> = {
  name: "hold-undo-preview",
  text: `
with ours as (
  select id from undos where tenant_id = $1 and directory_id = $2 and id = $3 and state = 'waiting' and tries = $4 for no key update
), kept as (
  update undo_turns set due_at = now() + interval '${TURN_S} seconds' where undo_id = $3 and exists (select 1 from ours)
)
select id from ours`,
};

/**
 * Keeps a preview to the worker that took it up, as its `tries` tell, until this transaction ends; false when another one took it
 * up since, or it is there. A preview begins anew with each worker, so those who took it up stay counted.
 */
export async function holdUndoPreview(tx: Statements, key: UndoKey, tries: number): Promise<boolean> {
  return (await tx.named(HOLD_PREVIEW, [key.tenantId, key.directoryId, key.undoId, tries])).length > 0;
}

const END: NamedStatement<{ id: string }> = {
  name: "end-undo-turn",
  text: `
with ended as (
  delete from undo_turns where undo_id = $3
)
update undos set state = $4, reason = $5, ready_at = case when $4 = 'ready' then now() else ready_at end,
  finished_at = case when $4 <> 'ready' then now() end
where tenant_id = $1 and directory_id = $2 and id = $3 returning id`,
};

/** Ends a worker's part: the preview is there, all is done, or why it could not be. */
export async function endUndoTurn(
  tx: Statements,
  key: UndoKey,
  state: "ready" | "done" | "failed",
  reason: string | null = null,
): Promise<void> {
  await tx.named(END, [key.tenantId, key.directoryId, key.undoId, state, reason]);
}
