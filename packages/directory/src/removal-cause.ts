import { closeCause, inTenant, inTrace, judgesAttributes, openCause, type RemovalCause } from "@muster/store";
import { type DirectoryDeps, type DirectoryScope, joinMarked, nothingMarked, type Written } from "./scope.ts";

export type Removals = Omit<RemovalCause, "actor"> & {
  /** Whose attributes change: where a condition or a date decides about scope, that may take them out as well. */
  changedIds: readonly string[];
};

/** Work that stores removals in several transactions; `goOn` says that it takes longer, after each of them. */
export type RemovalWork<T> = (goOn: () => Promise<void>) => Promise<Written<T>>;

/** Fewer than this are no matter for the guard, unless everything is to be held. */
const SINGLES = 20;

/** Does work whose removals are one cause: whatever number of transactions it takes, the guard judges them together, at its end. */
export async function asOneCause<T>(
  deps: DirectoryDeps,
  scope: DirectoryScope,
  removals: Removals,
  work: RemovalWork<T>,
): Promise<Written<T>> {
  const { tenantId, directoryId, actor } = scope;
  const { cause, groups, holdAll } = removals;
  const userIds = await whoMayGo(deps, scope, removals);
  if (userIds.length <= SINGLES && !groups && !holdAll) return await work(() => Promise.resolve());
  const opened = { cause, userIds, groups, holdAll, directoryId, actor };
  await inTrace(deps.db, scope, (tx) => openCause(tx.last, tenantId, opened));
  const close = (ended: boolean) =>
    inTenant(deps.db, tenantId, (tx) => closeCause(tx.last, tenantId, { directoryId, cause, ended }));
  let closed = nothingMarked;
  let written: Written<T>;
  try {
    written = await work(async () => {
      await close(false);
    });
  } finally {
    closed = await close(true);
  }
  return { value: written.value, marked: joinMarked(written.marked, closed) };
}

async function whoMayGo(
  deps: DirectoryDeps,
  { tenantId, directoryId }: DirectoryScope,
  { userIds, changedIds }: Removals,
): Promise<readonly string[]> {
  if (changedIds.length <= SINGLES) return userIds;
  const judges = await inTenant(deps.db, tenantId, (tx) => judgesAttributes(tx.last, tenantId, directoryId));
  return judges ? [...new Set([...userIds, ...changedIds])] : userIds;
}
