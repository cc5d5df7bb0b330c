import { uuidV7 } from "@muster/runtime";
import { ScimError, type UserState } from "@muster/scim";
import {
  type Database,
  insertUsers,
  inTenant,
  lockTombstone,
  type NewUser,
  reviveUser,
  StoreUnavailable,
  type TenantId,
  type UserRecord,
  violatedConstraint,
} from "@muster/store";
import type { DirectoryScope, Written } from "./scope.ts";

/** Creates a user, or refuses with 409 `uniqueness`. Resolves once the write is durable. */
export type CreateUser = (scope: DirectoryScope, user: UserState) => Promise<Written<UserRecord>>;

type Waiting = {
  input: NewUser;
  resolve(written: Written<UserRecord>): void;
  reject(error: unknown): void;
};
type TenantLine = { waiting: Waiting[]; flushing: number };

/** Rows in one statement: beyond it latency grows and throughput no longer does. */
const MAX_BATCH = 200;
/** Statements of one tenant at a time: one being committed while the next is being filled. */
const MAX_FLUSHES = 2;

/**
 * Makes the one way to create users. Requests of one tenant that arrive while a statement runs share the next one
 * (group commit): a lone caller waits for nobody, 64 callers share a few commits. Each caller still gets their own
 * answer, and a row that the database refuses fails only its caller.
 */
export function makeCreateUser(deps: { db: Database; crash?: (point: string) => void }): CreateUser {
  const lines = new Map<TenantId, TenantLine>();

  function flush(tenantId: TenantId, line: TenantLine): void {
    while (line.flushing < MAX_FLUSHES && line.waiting.length > 0) {
      const batch = line.waiting.splice(0, MAX_BATCH);
      line.flushing += 1;
      void insertBatch(deps, tenantId, batch).finally(() => {
        line.flushing -= 1;
        if (line.flushing === 0 && line.waiting.length === 0) lines.delete(tenantId);
        else flush(tenantId, line);
      });
    }
  }

  return (scope, user) =>
    new Promise((resolve, reject) => {
      const line = lines.get(scope.tenantId) ?? { waiting: [], flushing: 0 };
      lines.set(scope.tenantId, line);
      const input = { id: uuidV7(), directoryId: scope.directoryId, user, actor: scope.actor };
      line.waiting.push({ input, resolve, reject });
      // Requests parsed in the same turn of the event loop get into the first statement together.
      queueMicrotask(() => flush(scope.tenantId, line));
    });
}

/** Settles every caller of a batch; never rejects itself. */
async function insertBatch(
  deps: { db: Database; crash?: (point: string) => void },
  tenantId: TenantId,
  batch: readonly Waiting[],
): Promise<void> {
  try {
    const inserted = await inTenant(deps.db, tenantId, async (tx) => {
      deps.crash?.("before-commit");
      const rows = await insertUsers(
        tx.last,
        tenantId,
        batch.map((waiting) => waiting.input),
      );
      return new Map(rows.map((row) => [row.id, row]));
    });
    deps.crash?.("after-commit");
    for (const waiting of batch) {
      const row = inserted.get(waiting.input.id);
      if (row === undefined) settle(waiting, createRefused(deps.db, tenantId, waiting.input));
      else waiting.resolve(created(waiting.input, row.createdAt, row.connectionIds));
    }
  } catch (error) {
    const [only, ...others] = batch;
    // The database is away, or this one row is at fault: there is nothing to try again one by one.
    if (error instanceof StoreUnavailable || (only !== undefined && others.length === 0)) {
      for (const waiting of batch) waiting.reject(error);
      return;
    }
    for (const waiting of batch) await insertBatch(deps, tenantId, [waiting]);
  }
}

function settle(waiting: Waiting, outcome: Promise<Written<UserRecord>>): void {
  outcome.then(waiting.resolve, waiting.reject);
}

function created(input: NewUser, createdAt: Date, connectionIds: string[]): Written<UserRecord> {
  const { id, directoryId, user } = input;
  return {
    value: { id, directoryId, user, version: 1, createdAt, updatedAt: createdAt },
    marked: { connectionIds, removal: false },
  };
}

/** A row that was not inserted: its externalId names somebody who comes back, or its userName is taken. */
async function createRefused(db: Database, tenantId: TenantId, input: NewUser): Promise<Written<UserRecord>> {
  try {
    return await inTenant(db, tenantId, async (tx) => {
      const { externalId } = input.user;
      const tombstone =
        externalId === null ? undefined : await lockTombstone(tx, tenantId, input.directoryId, externalId);
      if (tombstone !== undefined) {
        const { record, marked } = await reviveUser(tx, tenantId, {
          id: tombstone,
          user: input.user,
          actor: input.actor,
        });
        return { value: record, marked };
      }
      // Whoever had the name may have been deleted meanwhile.
      const [row] = await insertUsers(tx, tenantId, [input]);
      if (row === undefined) throw userNameTaken(input.user.userName);
      return created(input, row.createdAt, row.connectionIds);
    });
  } catch (error) {
    throw violatedConstraint(error) === "users_user_name" ? userNameTaken(input.user.userName, error) : error;
  }
}

/** The answer to a second user of one name (RFC 7644 §3.3): look the first one up by this name and update it. */
export function userNameTaken(userName: string, cause?: unknown): ScimError {
  return new ScimError(
    409,
    "uniqueness",
    `userName "${userName}" belongs to another user: filter by it and update that user`,
    cause === undefined ? undefined : { cause },
  );
}
