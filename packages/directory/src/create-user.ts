import { uuidV7 } from "@muster/runtime";
import { ScimError, type UserState } from "@muster/scim";
import {
  type Database,
  type InsertedUser,
  insertUsers,
  insertUsersOfTenants,
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
  tenantId: TenantId;
  input: NewUser;
  resolve(written: Written<UserRecord>): void;
  reject(error: unknown): void;
};

/** Rows in one transaction: beyond it latency grows and throughput no longer does. */
const MAX_BATCH = 200;
/** Transactions at a time: one being committed while the next is being filled. */
const MAX_FLUSHES = 2;

/**
 * Makes the one way to create users. Requests that arrive while a transaction runs share the next one (group commit): a
 * lone caller waits for nobody, 64 callers share a few commits. Each tenant has a statement of its own under its own
 * scope, each caller gets their own answer, and a row that the database refuses fails only its caller.
 */
export function makeCreateUser(deps: CreateUserDeps): CreateUser {
  const line: Waiting[] = [];
  let flushing = 0;

  function flush(): void {
    while (flushing < MAX_FLUSHES && line.length > 0) {
      flushing += 1;
      void insertBatch(deps, takeFairly(line)).finally(() => {
        flushing -= 1;
        flush();
      });
    }
  }

  return (scope, user) =>
    new Promise((resolve, reject) => {
      const input = { id: uuidV7(), directoryId: scope.directoryId, user, actor: scope.actor };
      line.push({ tenantId: scope.tenantId, input, resolve, reject });
      // Requests parsed in the same turn of the event loop get into the first transaction together.
      queueMicrotask(flush);
    });
}

type CreateUserDeps = { db: Database; crash?: (point: string) => void };

/** Takes the next batch off the line, oldest first, but no tenant more than its share while others wait. */
function takeFairly(line: Waiting[]): Waiting[] {
  const tenants = new Set(line.map((waiting) => waiting.tenantId)).size;
  const share = Math.ceil(MAX_BATCH / tenants);
  const taken = new Map<TenantId, number>();
  const batch: Waiting[] = [];
  const left: Waiting[] = [];
  for (const waiting of line) {
    const had = taken.get(waiting.tenantId) ?? 0;
    if (had >= share || batch.length >= MAX_BATCH) left.push(waiting);
    else {
      taken.set(waiting.tenantId, had + 1);
      batch.push(waiting);
    }
  }
  line.splice(0, line.length, ...left);
  return batch;
}

/** Settles every caller of a batch; never rejects itself. */
async function insertBatch(deps: CreateUserDeps, batch: readonly Waiting[]): Promise<void> {
  const byTenant = Map.groupBy(batch, (waiting) => waiting.tenantId);
  try {
    deps.crash?.("before-commit");
    const batches = [...byTenant].map(([tenantId, waiting]) => ({ tenantId, users: waiting.map((one) => one.input) }));
    const inserted = new Map((await insertUsersOfTenants(deps.db, batches)).flat().map((row) => [row.id, row]));
    deps.crash?.("after-commit");
    for (const waiting of batch) {
      const row = inserted.get(waiting.input.id);
      if (row === undefined) settle(waiting, createRefused(deps.db, waiting.tenantId, waiting.input));
      else waiting.resolve(created(waiting.input, row));
    }
  } catch (error) {
    // The database is away, or this one row is at fault: there is nothing to try again in smaller parts.
    if (error instanceof StoreUnavailable || batch.length === 1) for (const waiting of batch) waiting.reject(error);
    else if (byTenant.size > 1) for (const part of byTenant.values()) await insertBatch(deps, part);
    else for (const waiting of batch) await insertBatch(deps, [waiting]);
  }
}

function settle(waiting: Waiting, outcome: Promise<Written<UserRecord>>): void {
  outcome.then(waiting.resolve, waiting.reject);
}

function created(input: NewUser, row: InsertedUser): Written<UserRecord> {
  const { id, directoryId, user } = input;
  return {
    value: { id, directoryId, user, version: 1, createdAt: row.createdAt, updatedAt: row.createdAt },
    // The statement names every lane that its batch made due, once for all rows of the tenant.
    marked: { connectionIds: row.connectionIds, removal: false },
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
      return created(input, row);
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
