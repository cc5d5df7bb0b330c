import type { Actor, Database, Marked, MemberMatching, TenantId } from "@muster/store";

/** Whose people a request may touch, and who asked. */
export type DirectoryScope = {
  tenantId: TenantId;
  directoryId: string;
  actor: Actor;
  /** By what else than the id a parked member may name somebody; nothing unless the directory opted in (V01). */
  memberMatching?: readonly MemberMatching[];
};

export type DirectoryDeps = { db: Database };

/** A write's answer and the lanes to ring now that it is committed. */
export type Written<T> = { value: T; marked: Marked };

export const nothingMarked: Marked = { connectionIds: [], removal: false };
