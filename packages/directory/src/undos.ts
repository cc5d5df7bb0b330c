import { Refusal, uuidV7 } from "@muster/runtime";
import {
  beginApplying,
  type Database,
  getHistoryRange,
  getUndo,
  insertAudit,
  insertUndo,
  inTrace,
  lockUndo,
  type Tx,
  type UndoKey,
  type UndoMode,
  type UndoRecord,
} from "@muster/store";
import { requireDirectory } from "./directories.ts";
import type { TenantScope } from "./onboarding.ts";

/** What is to be as it was: the whole directory, or chosen groups, or chosen people. */
export type UndoInput = { to: string; mode: UndoMode; groupIds: string[] | null; userIds: string[] | null };

/** A preview older than this says too little of what would happen now. */
const PREVIEW_KEEPS_MS = 3_600_000;

/**
 * Asks what would be done to put a directory back to what it was at a time; a worker computes it, and nothing is changed.
 *
 * @throws {Refusal} "invalid" for a time of which nothing is known
 */
export async function requestUndo(
  deps: { db: Database },
  scope: TenantScope,
  directoryId: string,
  input: UndoInput,
): Promise<UndoRecord> {
  const { tenantId, actor } = scope;
  const key = { tenantId, directoryId, undoId: uuidV7() };
  return await inTrace(deps.db, scope, async (tx) => {
    await requireDirectory(tx, tenantId, directoryId);
    const undo = await insertUndo(tx, key, { ...input, to: await checkTime(tx, key, input.to), actor });
    await insertAudit(tx, tenantId, { actor, action: "undo.preview", target: key.undoId });
    return undo;
  });
}

async function checkTime(tx: Tx, key: UndoKey, to: string): Promise<string> {
  const range = await getHistoryRange(tx, key, true);
  if (range === undefined) throw new Error("A directory that was just read must be there");
  const wanted = new Date(to);
  // Ours have microseconds, so that both compare as texts; a leap second is no time that a Date knows.
  const at = Number.isNaN(wanted.getTime()) ? "" : wanted.toISOString().replace("Z", "000Z");
  if (at < range.from)
    throw new Refusal(
      "invalid",
      `What this directory was at ${to} is not known any more: the earliest time is ${range.from}`,
    );
  if (at > range.to) throw new Refusal("invalid", `to must be a time that is past: it is ${range.to} now`);
  return at;
}

/** Reads an undo or refuses with "not found". */
export async function requireUndo(tx: Tx, key: UndoKey): Promise<UndoRecord> {
  const undo = await getUndo(tx, key);
  if (undo === undefined) throw new Refusal("notFound", `This directory has no undo ${key.undoId}`);
  return undo;
}

/**
 * Has a worker do what a preview shows; one that failed goes on where it stopped, and one that is done or under way stays as it is.
 *
 * @throws {Refusal} "conflict" for a preview that is not ready, or too old
 */
export async function applyUndo(deps: { db: Database }, scope: TenantScope, key: UndoKey): Promise<UndoRecord> {
  const { tenantId, actor } = scope;
  return await inTrace(deps.db, scope, async (tx) => {
    await requireDirectory(tx, tenantId, key.directoryId);
    const undo = await lockUndo(tx, key);
    if (undo === undefined) return await requireUndo(tx, key);
    if (undo.state === "applying" || undo.state === "done") return undo;
    const { readyAt, appliedAt } = undo;
    if (readyAt === null)
      throw new Refusal("conflict", `This undo is ${undo.state}: it can be applied once its preview is ready`);
    // By the clock of the database, which made the other time.
    const range = await getHistoryRange(tx, key, false);
    const ageMs = Date.parse(range?.to ?? "") - readyAt.getTime();
    if (appliedAt === null && ageMs > PREVIEW_KEEPS_MS)
      throw new Refusal("conflict", "This preview is older than an hour, and much may have changed: ask for a new one");
    await beginApplying(tx, key, actor);
    await insertAudit(tx, tenantId, { actor, action: "undo.apply", target: key.undoId });
    return await requireUndo(tx, key);
  });
}
