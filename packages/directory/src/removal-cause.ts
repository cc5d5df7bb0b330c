import { closeCause, inTenant, inTrace, openCause, type RemovalCause } from "@muster/store";
import { type DirectoryDeps, type DirectoryScope, joinMarked, nothingMarked, type Written } from "./scope.ts";

export type Removals = Omit<RemovalCause, "actor">;

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
  if (removals.userIds.length <= SINGLES && !removals.groups && !removals.holdAll)
    return await work(() => Promise.resolve());
  await inTrace(deps.db, scope, (tx) => openCause(tx.last, tenantId, { ...removals, directoryId, actor }));
  const close = (ended: boolean) =>
    inTenant(deps.db, tenantId, (tx) => closeCause(tx.last, tenantId, { directoryId, cause: removals.cause, ended }));
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
