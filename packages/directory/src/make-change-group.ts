import type { GroupState } from "@muster/scim";
import { StoreUnavailable } from "@muster/store";
import { type ChangedGroup, changeGroup, type GroupChange, type GroupTarget } from "./groups.ts";
import type { DirectoryDeps, DirectoryScope, Written } from "./scope.ts";

/** Changes a group after all changes of it that came before. */
export type ChangeGroup = (
  scope: DirectoryScope,
  target: GroupTarget,
  change: (current: GroupState) => GroupChange,
) => Promise<Written<ChangedGroup>>;

/** Longest time in line; clients give up after about half a minute. */
const MAX_WAIT_MS = 20_000;

/**
 * Makes the one way to change groups. Changes of one group wait here for one another, in the order in which they came, and
 * not for its row, where each would hold a connection that others need and be refused after the time of a lock (B13, F18).
 * Other processes are waited for in the database.
 */
export function makeChangeGroup(deps: DirectoryDeps): ChangeGroup {
  const lines = new Map<string, Promise<void>>();
  return (scope, target, change) => {
    const key = `${scope.directoryId}/${target.id}`;
    const cameAtMs = performance.now();
    const done = (lines.get(key) ?? Promise.resolve()).then(() => {
      if (performance.now() - cameAtMs > MAX_WAIT_MS)
        throw new StoreUnavailable("Changes of this group come faster than they can be made");
      return changeGroup(deps, scope, target, change);
    });
    const settled = done.then(nothing, nothing).then(() => {
      if (lines.get(key) === settled) lines.delete(key);
    });
    lines.set(key, settled);
    return done;
  };
}

const nothing = (): void => undefined;
