import {
  closeCause,
  type Database,
  endUndoTurn,
  findUndoLeavers,
  getHistoryRange,
  holdUndoPreview,
  inTenant,
  inTrace,
  isCauseOpen,
  keepUndoTurn,
  lockUndo,
  nextUndoChunk,
  openCause,
  type PreviewPlace,
  previewUndo,
  settleUndoItems,
  takeUpUndo,
  type UndoChange,
  type UndoKey,
  type UndoRecord,
} from "@muster/store";
import { undoChunk } from "./undo-chunk.ts";

export type RunUndoDeps = {
  db: Database;
  /** Called in every transaction that changes something, before its commit; a fault test ends the process there. */
  crash?(point: "undo-chunk"): void;
};

/** Workers that may die or fail over an undo, with nothing done between, before it is given up. */
const MAX_TRIES = 5;
/** Groups, and people, changed in one transaction, so that nobody else waits long. */
const CHUNK = { groups: 20, people: 500 };

/**
 * Does a worker's part of an undo: computes its preview, or does what the preview shows, chunk after chunk. Whoever takes it up
 * after a worker that died goes on with what is not done.
 */
export async function runUndo(deps: RunUndoDeps, key: UndoKey, signal: AbortSignal): Promise<void> {
  const { db } = deps;
  const undo = await inTenant(db, key.tenantId, (tx) => takeUpUndo(tx.last, key));
  if (undo === undefined) return;
  if (undo.tries > MAX_TRIES) {
    const reason = `${MAX_TRIES} workers ended over this without getting further: apply it again, or ask for a new one`;
    await inTenant(db, key.tenantId, (tx) => endUndoTurn(tx.last, key, "failed", reason));
  } else if (undo.state === "waiting") await preview(deps, key, undo, signal);
  else await apply(deps, key, undo, signal);
}

async function preview({ db }: RunUndoDeps, key: UndoKey, undo: UndoRecord, signal: AbortSignal): Promise<void> {
  let place: PreviewPlace | undefined = { part: "people" };
  while (place !== undefined) {
    if (signal.aborted) return;
    const from: PreviewPlace = place;
    const done: { next: PreviewPlace | undefined } | undefined = await inTenant(db, key.tenantId, async (tx) =>
      (await holdUndoPreview(tx, key, undo.tries)) ? { next: await previewUndo(tx, key, undo, from) } : undefined,
    );
    if (done === undefined) return;
    place = done.next;
  }
  await inTenant(db, key.tenantId, async (tx) => {
    if (!(await holdUndoPreview(tx, key, undo.tries))) return;
    const range = await getHistoryRange(tx, key, false);
    const isKnown = range !== undefined && undo.to >= range.from;
    const reason = isKnown ? null : "What the directory was at that time was forgotten meanwhile";
    await endUndoTurn(tx.last, key, isKnown ? "ready" : "failed", reason);
  });
}

const REMOVALS: ReadonlySet<UndoChange> = new Set(["removeMember", "removeNested", "deactivate"]);

async function apply(deps: RunUndoDeps, key: UndoKey, undo: UndoRecord, signal: AbortSignal): Promise<void> {
  const { tenantId, directoryId, undoId } = key;
  const cause = { directoryId, cause: `undo:${undoId}` };
  const scope = { tenantId, directoryId, actor: undo.appliedBy ?? undo.actor, ...traceOf(undo) };
  let isOpened = false;
  while (!signal.aborted) {
    const change = await inTrace(deps.db, scope, async (tx) => {
      if ((await lockUndo(tx, key))?.state !== "applying") return undefined;
      await keepUndoTurn(tx, key);
      const chunk = await nextUndoChunk(tx, key, CHUNK);
      if (chunk === undefined) return undefined;
      if (REMOVALS.has(chunk.change) && !isOpened) {
        // What an undo takes away is one cause, however many transactions it takes: the guard judges it as a whole (house trap 4).
        if (await isCauseOpen(tx, tenantId, cause)) return "open";
        const leavers = await findUndoLeavers(tx, key);
        await openCause(tx.last, tenantId, { ...cause, ...leavers, actor: scope.actor, holdAll: false });
        return "open";
      }
      const settled = await undoChunk(tx, scope, undo, chunk);
      await settleUndoItems(tx, key, chunk.change, settled);
      deps.crash?.("undo-chunk");
      return chunk.change;
    });
    if (change === undefined) break;
    if (change === "open") isOpened = true;
    else if (REMOVALS.has(change))
      await inTenant(deps.db, tenantId, (tx) => closeCause(tx.last, tenantId, { ...cause, ended: false }));
  }
  if (signal.aborted) return;
  await inTenant(deps.db, tenantId, async (tx) => {
    if ((await lockUndo(tx, key))?.state !== "applying") return;
    await closeCause(tx, tenantId, { ...cause, ended: true });
    await endUndoTurn(tx.last, key, "done");
  });
}

const traceOf = ({ traceId }: UndoRecord): { traceId?: string } => (traceId === null ? {} : { traceId });
