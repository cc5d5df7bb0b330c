import type { Operation } from "./operation.ts";
import { directoryParams, undoParams } from "./operation-params.ts";
import { PageQuery } from "./page.ts";
import { RequestUndoRequest, Undo, UndoEntry, UndoItemPage, UndoItemQuery, UndoPage } from "./undos.ts";

/** A directory put back to what it was: a preview first, and then what it shows. */
export const undoOperations = {
  requestUndo: {
    id: "requestUndo",
    tag: "undo",
    method: "post",
    path: "/api/v1/tenants/{tenantId}/directories/{directoryId}/undos",
    summary: "Ask what would be done to put a directory back to what it was at a time; a worker computes it",
    params: directoryParams,
    body: RequestUndoRequest,
    success: { status: 202, schema: UndoEntry },
  },
  listUndos: {
    id: "listUndos",
    tag: "undo",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/directories/{directoryId}/undos",
    summary: "List a directory's latest undos, the newest first",
    params: directoryParams,
    query: PageQuery,
    success: { status: 200, schema: UndoPage },
  },
  getUndo: {
    id: "getUndo",
    tag: "undo",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/directories/{directoryId}/undos/{undoId}",
    summary: "Read what an undo would do, is doing or has done",
    params: undoParams,
    success: { status: 200, schema: Undo },
  },
  listUndoItems: {
    id: "listUndoItems",
    tag: "undo",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/directories/{directoryId}/undos/{undoId}/items",
    summary: "List each thing that an undo does, and what became of it",
    params: undoParams,
    query: UndoItemQuery,
    success: { status: 200, schema: UndoItemPage },
  },
  applyUndo: {
    id: "applyUndo",
    tag: "undo",
    method: "post",
    path: "/api/v1/tenants/{tenantId}/directories/{directoryId}/undos/{undoId}/apply",
    summary: "Do what the preview of an undo shows; a worker does it",
    params: undoParams,
    success: { status: 202, schema: UndoEntry },
  },
} as const satisfies Record<string, Operation>;
