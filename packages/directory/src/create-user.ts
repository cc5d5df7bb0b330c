import { uuidV7 } from "@muster/runtime";
import { ScimError, type UserState } from "@muster/scim";
import {
  claimMembers,
  type Database,
  type FoundUser,
  getUser,
  type InsertedUser,
  insertUsers,
  insertUsersOfTenants,
  inTrace,
  isContention,
  lockAbsentee,
  type Marked,
  type NewUser,
  returnUser,
  StoreUnavailable,
  type TenantId,
  type Tx,
  type UserRecord,
  violatedConstraint,
} from "@muster/store";
import { type Alone, makeAlone } from "./alone.ts";
import { makeGroupCommit } from "./group-commit.ts";
import { type DirectoryScope, joinMarked, matchesMembers, nothingMarked, type Written } from "./scope.ts";

/**
 * Creates a user, or brings back the one whom the directory knew under this externalId, inactive or deleted, under the old
 * id (B10, house trap 6); or refuses with 409 `uniqueness`. Resolves once the write is durable.
 */
export type CreateUser = (scope: DirectoryScope, user: UserState) => Promise<Written<FoundUser>>;

type Create = {
  tenantId: TenantId;
  scope: DirectoryScope;
  input: NewUser;
  resolve(written: Written<FoundUser>): void;
  reject(error: unknown): void;
};

export type CreateUserDeps = { db: Database; crash?: (point: string) => void };
type Deps = CreateUserDeps & { alone: Alone };

/**
 * Makes the one way to create users. Requests that arrive while a transaction runs share the next one (ADR 0009): a lone
 * caller waits for nobody, 64 callers share a few commits. Each tenant has a statement of its own under its own scope,
 * each caller gets their own answer, and a row that the database refuses fails only its caller.
 */
export function makeCreateUser(input: CreateUserDeps): CreateUser {
  const deps = { ...input, alone: makeAlone() };
  const line = makeGroupCommit<Create>((batch) => insertBatch(deps, batch));
  return (scope, user) =>
    new Promise((resolve, reject) => {
      const { tenantId, directoryId, actor, traceId } = scope;
      const create = { tenantId, scope, input: { id: uuidV7(), directoryId, user, actor, traceId }, resolve, reject };
      if (matchesMembers(scope)) settleAlone(deps, create);
      else line.add(create);
    });
}

/** Settles every caller of a batch, some of them later; never rejects itself. */
async function insertBatch(deps: Deps, batch: readonly Create[]): Promise<void> {
  const byTenant = Map.groupBy(batch, (create) => create.tenantId);
  try {
    deps.crash?.("before-commit");
    const batches = [...byTenant].map(([tenantId, creates]) => ({
      tenantId,
      users: creates.map((create) => create.input),
    }));
    const inserted = new Map((await insertUsersOfTenants(deps.db, batches)).flat().map((row) => [row.id, row]));
    deps.crash?.("after-commit");
    for (const creates of byTenant.values()) settleTenant(deps, creates, inserted);
  } catch (error) {
    // The database is away, and there is nothing to try again in smaller parts.
    if (error instanceof StoreUnavailable && !isContention(error)) for (const create of batch) create.reject(error);
    else if (byTenant.size > 1) for (const part of byTenant.values()) await insertBatch(deps, part);
    else for (const create of batch) settleAlone(deps, create);
  }
}

function settleTenant(deps: Deps, creates: readonly Create[], inserted: ReadonlyMap<string, InsertedUser>): void {
  // The statement names every lane that its batch made due; one ring is enough for all.
  let isRung = false;
  for (const create of creates) {
    const row = inserted.get(create.input.id);
    if (row === undefined) {
      settleAlone(deps, create);
      continue;
    }
    const marked = isRung ? nothingMarked : { connectionIds: row.connectionIds, removal: false };
    isRung = true;
    create.resolve({ value: created(create.input, row), marked });
  }
}

function settleAlone(deps: Deps, create: Create): void {
  deps.alone(create.tenantId, () => createAlone(deps.db, create)).then(create.resolve, create.reject);
}

function created(input: NewUser, row: InsertedUser): FoundUser {
  const { id, directoryId, user } = input;
  const record = { id, directoryId, user, version: 1, createdAt: row.createdAt, updatedAt: row.createdAt };
  return { record, groups: [] };
}

/** A row that was not inserted with others: its externalId names somebody who comes back, or its userName is taken. */
async function createAlone(db: Database, { tenantId, scope, input }: Create): Promise<Written<FoundUser>> {
  try {
    return await inTrace(db, scope, async (tx) => {
      const back = await bringBack(tx, scope, input);
      if (back !== undefined) return back;
      // Whoever had the name may have been deleted meanwhile.
      const [row] = await insertUsers(matchesMembers(scope) ? tx : tx.last, tenantId, [input]);
      if (row === undefined) throw userNameTaken(input.user.userName);
      const marked = { connectionIds: row.connectionIds, removal: false };
      if (!matchesMembers(scope)) return { value: created(input, row), marked };
      return await joinGroups(tx, scope, created(input, row).record, marked);
    });
  } catch (error) {
    throw violatedConstraint(error) === "users_user_name" ? userNameTaken(input.user.userName, error) : error;
  }
}

async function bringBack(tx: Tx, scope: DirectoryScope, input: NewUser): Promise<Written<FoundUser> | undefined> {
  const { directoryId, user, actor } = input;
  const { externalId, userName } = user;
  if (externalId === null) return undefined;
  const absentee = await lockAbsentee(tx, scope.tenantId, { directoryId, externalId, userName });
  if (absentee === undefined) return undefined;
  const returned = await returnUser(tx, scope.tenantId, { absentee, user, actor });
  return returned && (await joinGroups(tx, scope, returned.record, returned.marked));
}

/** Gives a person the places that were kept for them, and reads the groups that they are in now (V57). */
async function joinGroups(
  tx: Tx,
  scope: DirectoryScope,
  record: UserRecord,
  marked: Marked,
): Promise<Written<FoundUser>> {
  const { tenantId, directoryId, memberMatching = [] } = scope;
  const joined = matchesMembers(scope) ? await claimMembers(tx, tenantId, record, memberMatching) : nothingMarked;
  const found = await getUser(tx.last, tenantId, directoryId, record.id);
  if (found === undefined) throw new Error("A person just written must be there");
  return { value: found, marked: joinMarked(marked, joined) };
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
