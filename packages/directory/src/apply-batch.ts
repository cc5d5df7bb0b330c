import { uuidV7 } from "@muster/runtime";
import { equalJson, type UserState } from "@muster/scim";
import {
  insertUsers,
  inTenant,
  judgesAttributes,
  lockPeople,
  type Marked,
  type UserChange,
  updateUsers,
} from "@muster/store";
import { asOneCause } from "./removal-cause.ts";
import { type DirectoryDeps, type DirectoryScope, joinMarked, type Written } from "./scope.ts";

/** What one read of a source says about a directory. */
export type PeopleBatch = {
  /** Whoever it holds, each with an externalId: made or brought up to date. */
  people: readonly (UserState & { externalId: string })[];
  /** Ids of the people who are not in it any more: made inactive. */
  removals: readonly string[];
  /** False when the read stopped early. Then, and when it brought nobody, every removal waits for approval (F51, F52). */
  complete: boolean;
};

export type BatchDeps = DirectoryDeps & {
  /** Called in every transaction before its commit; a fault test ends the process there (F08). */
  crash?(point: "batch-chunk"): void;
};

export type BatchOutcome = { created: number; updated: number; deactivated: number };

/** People in one transaction, so that nobody else waits long. */
const CHUNK = 500;

/**
 * Applies a batch to a directory in chunks, as one cause for the guard: what it takes away is judged as a whole when it has
 * all been stored. It may be repeated after an error; what was stored by then is judged on its own.
 */
export async function applyBatch(
  deps: BatchDeps,
  scope: DirectoryScope,
  batch: PeopleBatch,
): Promise<Written<BatchOutcome>> {
  const { tenantId, directoryId } = scope;
  const [known, judges] = await inTenant(deps.db, tenantId, async (tx) => {
    const judged = await judgesAttributes(tx, tenantId, directoryId);
    const concerned = judged ? batch.people : batch.people.filter((person) => !person.active);
    const externalIds = concerned.map((person) => person.externalId);
    return [await lockPeople(tx, tenantId, { directoryId, ids: [], externalIds }), judged] as const;
  });
  const inactive = new Set(batch.people.filter((person) => !person.active).map((person) => person.externalId));
  const leavers = known.filter(({ user }) => user.active && user.externalId !== null && inactive.has(user.externalId));
  const removals = {
    cause: `directory.batch:${uuidV7()}`,
    userIds: [...new Set([...batch.removals, ...leavers.map(({ id }) => id)])],
    changedIds: judges ? known.map(({ id }) => id) : [],
    groups: false,
    holdAll: !batch.complete || batch.people.length === 0,
  };
  return await asOneCause(deps, scope, removals, async (goOn) => {
    const outcome = { created: 0, updated: 0, deactivated: 0 };
    const marks: Marked[] = [];
    for (const people of chunksOf(batch.people)) marks.push(await upsert(deps, scope, people, outcome).finally(goOn));
    for (const ids of chunksOf(batch.removals)) marks.push(await deactivate(deps, scope, ids, outcome).finally(goOn));
    return { value: outcome, marked: joinMarked(...marks) };
  });
}

async function upsert(
  deps: BatchDeps,
  { tenantId, directoryId, actor, traceId }: DirectoryScope,
  people: PeopleBatch["people"],
  outcome: BatchOutcome,
): Promise<Marked> {
  return await inTenant(deps.db, tenantId, async (tx) => {
    const externalIds = people.map((person) => person.externalId);
    const known = new Map(
      (await lockPeople(tx, tenantId, { directoryId, ids: [], externalIds })).map((record) => [
        record.user.externalId,
        record,
      ]),
    );
    const changes = people.flatMap((user): UserChange[] => {
      const record = known.get(user.externalId);
      return record === undefined || isSame(record.user, user) ? [] : [{ record, user, actor, traceId }];
    });
    const fresh = people.filter((person) => !known.has(person.externalId));
    const inserted = await insertUsers(
      tx,
      tenantId,
      fresh.map((user) => ({ id: uuidV7(), directoryId, user, actor, traceId })),
    );
    const { marked } = await updateUsers(tx, tenantId, changes);
    deps.crash?.("batch-chunk");
    outcome.created += inserted.length;
    outcome.updated += changes.length;
    return joinMarked(marked, { connectionIds: inserted.flatMap((row) => row.connectionIds), removal: false });
  });
}

async function deactivate(
  deps: BatchDeps,
  { tenantId, directoryId, actor, traceId }: DirectoryScope,
  ids: readonly string[],
  outcome: BatchOutcome,
): Promise<Marked> {
  return await inTenant(deps.db, tenantId, async (tx) => {
    const records = await lockPeople(tx, tenantId, { directoryId, ids, externalIds: [] });
    const changes = records
      .filter(({ user }) => user.active)
      .map((record) => ({ record, user: { ...record.user, active: false }, actor, traceId }));
    outcome.deactivated += changes.length;
    const { marked } = await updateUsers(tx, tenantId, changes);
    deps.crash?.("batch-chunk");
    return marked;
  });
}

function isSame(left: UserState, right: UserState): boolean {
  return (
    left.userName === right.userName && left.active === right.active && equalJson(left.attributes, right.attributes)
  );
}

function* chunksOf<T>(all: readonly T[]): Generator<T[]> {
  for (let from = 0; from < all.length; from += CHUNK) yield all.slice(from, from + CHUNK);
}
