import type { Actor, Database, Marked, TenantId } from "@muster/store";

/** Whose people a request may touch, and who asked. */
export type DirectoryScope = { tenantId: TenantId; directoryId: string; actor: Actor };

export type DirectoryDeps = { db: Database };

/** A write's answer and the lanes to ring now that it is committed. */
export type Written<T> = { value: T; marked: Marked };

export const nothingMarked: Marked = { connectionIds: [], removal: false };
