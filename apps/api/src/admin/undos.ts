import { operations, type Undo, type UndoEntry, type UndoItem as UndoItemView } from "@muster/contract";
import { applyUndo, requestUndo, requireDirectory, requireUndo } from "@muster/directory";
import { isUuid } from "@muster/runtime";
import {
  countUndoItems,
  inTenant,
  listUndoItems,
  listUndos,
  UNDO_STEPS,
  type UndoItem,
  type UndoPlace,
  type UndoRecord,
} from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { ownerOfTenant } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";

/** Directories put back to what they were. */
export const undoRoutes: readonly AdminRoute[] = [
  adminRoute(operations.requestUndo, async (deps, { scope, params, body }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    const { to, mode = "giveBack", groupIds = null, userIds = null } = body;
    return showEntry(await requestUndo(deps, owner, params.directoryId, { to, mode, groupIds, userIds }));
  }),
  adminRoute(operations.listUndos, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfTenant(deps, scope, params.tenantId);
    const wanted = readPage(query);
    const page = { directoryId: params.directoryId, before: wanted.after, limit: wanted.limit };
    const rows = await inTenant(deps.db, tenantId, async (tx) => {
      await requireDirectory(tx, tenantId, params.directoryId);
      return await listUndos(tx, tenantId, page);
    });
    return toPage(rows, wanted, { idOf: byId, show: showEntry });
  }),
  adminRoute(operations.getUndo, async (deps, { scope, params }) => {
    const { tenantId } = await ownerOfTenant(deps, scope, params.tenantId);
    return await inTenant(deps.db, tenantId, async (tx): Promise<Undo> => {
      await requireDirectory(tx, tenantId, params.directoryId);
      const undo = await requireUndo(tx, { ...params, tenantId });
      const counts = await countUndoItems(tx, tenantId, undo.id);
      return { ...showEntry(undo), changes: counts.map((count) => ({ ...count, first: count.first.map(showItem) })) };
    });
  }),
  adminRoute(operations.listUndoItems, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfTenant(deps, scope, params.tenantId);
    const wanted = readPage(query, isPlace);
    const { undoId } = params;
    const after = wanted.after === undefined ? undefined : toPlace(wanted.after);
    const page = { undoId, change: query.change, state: query.state, after, limit: wanted.limit };
    const rows = await inTenant(deps.db, tenantId, async (tx) => {
      await requireDirectory(tx, tenantId, params.directoryId);
      await requireUndo(tx, { ...params, tenantId });
      return await listUndoItems(tx, tenantId, page);
    });
    return toPage(rows, wanted, { idOf: ofPlace, show: showItem });
  }),
  adminRoute(operations.applyUndo, async (deps, { scope, params }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    return showEntry(await applyUndo(deps, owner, { ...params, tenantId: owner.tenantId }));
  }),
];

// Where a page ends: what is done, in which group, to whom.
const ofPlace = ({ change, groupId, subjectId }: UndoPlace): string => [change, groupId, subjectId].join(" ");

function toPlace(text: string): UndoPlace | undefined {
  const [name, groupId = "", subjectId = "", ...more] = text.split(" ");
  const change = UNDO_STEPS.find((step) => step === name);
  if (change === undefined || !isUuid(groupId) || !isUuid(subjectId) || more.length > 0) return undefined;
  return { change, groupId, subjectId };
}
const isPlace = (text: string): boolean => toPlace(text) !== undefined;

function showItem({ change, group, person, member, state, reason }: UndoItem): UndoItemView {
  return {
    change,
    ...(group === null ? {} : { group }),
    ...(person === null ? {} : { person }),
    ...(member === null ? {} : { member }),
    state,
    reason,
  };
}

function showEntry(undo: UndoRecord): UndoEntry {
  const { id, actor, to, mode, groupIds, userIds, state, reason, appliedBy, traceId } = undo;
  return {
    id,
    actor,
    to,
    mode,
    groupIds,
    userIds,
    state,
    reason,
    appliedBy,
    traceId,
    createdAt: undo.createdAt.toISOString(),
    readyAt: isoOrNull(undo.readyAt),
    appliedAt: isoOrNull(undo.appliedAt),
    finishedAt: isoOrNull(undo.finishedAt),
  };
}
