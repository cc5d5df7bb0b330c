import type { Actor, Database, Marked, MemberMatching, TenantId } from "@muster/store";

/** Whose people a request may touch, and who asked. */
export type DirectoryScope = {
  tenantId: TenantId;
  directoryId: string;
  actor: Actor;
  /** The trace of the request (W3C Trace Context), which everything that it changes carries on. */
  traceId?: string;
  /** By what else than the id a parked member may name somebody; nothing unless the directory opted in (V01). */
  memberMatching?: readonly MemberMatching[];
};

export type DirectoryDeps = { db: Database };

/** A write's answer and the lanes to ring now that it is committed. */
export type Written<T> = { value: T; marked: Marked };

export const nothingMarked: Marked = { connectionIds: [], removal: false };

/** The marks of the writes of one transaction, each connection once. */
export function joinMarked(...marks: readonly Marked[]): Marked {
  return {
    connectionIds: [...new Set(marks.flatMap((mark) => mark.connectionIds))],
    removal: marks.some((mark) => mark.removal),
  };
}

/** Whether groups of the directory keep places under more than ids, so that a new name or externalId may claim some. */
export function matchesMembers(scope: DirectoryScope): boolean {
  return (scope.memberMatching ?? []).length > 0;
}
