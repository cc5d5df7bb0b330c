import { foldCase, type UserState } from "@muster/scim";
import {
  allOrNone,
  type Database,
  type FoundUser,
  inTenants,
  isContention,
  lockFreeUsers,
  type Marked,
  StoreUnavailable,
  type TenantId,
  type TenantsTx,
  type UserRecord,
  updateUsers,
} from "@muster/store";
import { type Alone, makeAlone } from "./alone.ts";
import { assertVersion, type ChangeTarget, changeUser, claimsMembers, type UserChanger } from "./change-user.ts";
import { makeGroupCommit } from "./group-commit.ts";
import { type DirectoryScope, nothingMarked, type Written } from "./scope.ts";

/**
 * Changes one user: `change` gets the present state and returns the new one, or the same when there is nothing to change;
 * then neither version nor lastModified move. It may be called more than once, and what it throws fails its caller alone.
 * Resolves once the write is durable.
 */
export type ChangeUser = (
  scope: DirectoryScope,
  target: ChangeTarget,
  change: UserChanger,
) => Promise<Written<FoundUser>>;

type Change = {
  tenantId: TenantId;
  key: string;
  scope: DirectoryScope;
  target: ChangeTarget;
  change: UserChanger;
  resolve(written: Written<FoundUser>): void;
  reject(error: unknown): void;
};

type Deps = { db: Database; alone: Alone };

/** What becomes of a request, once its row is locked and its change is computed. */
type Decision =
  | { kind: "refuse"; error: unknown }
  | { kind: "keep"; found: FoundUser }
  | { kind: "write"; found: FoundUser; user: UserState }
  // It would wait for somebody, might be refused by the database, or takes more than one statement.
  | { kind: "alone" };

type Decided = { request: Change; decision: Decision };
type Part = { tenantId: TenantId; decided: Decided[]; written: ReadonlyMap<string, Version>; marked: Marked };
type Version = Pick<UserRecord, "version" | "updatedAt">;

/**
 * Makes the one way to change users. Requests that arrive while a transaction runs share the next one (ADR 0010): their
 * rows are locked and read by one statement a tenant and written by another, whose packet brings the commit. Rows that
 * somebody else has locked are left out, so nobody waits for a lock that is not theirs.
 */
export function makeChangeUser({ db }: { db: Database }): ChangeUser {
  const deps = { db, alone: makeAlone() };
  const line = makeGroupCommit<Change>((batch) => changeBatch(deps, batch));
  return (scope, target, change) =>
    new Promise((resolve, reject) => {
      const { tenantId } = scope;
      line.add({ tenantId, key: `${tenantId}/${target.id}`, scope, target, change, resolve, reject });
    });
}

/** Settles every caller of a batch, some of them later; never rejects itself. */
async function changeBatch(deps: Deps, batch: readonly Change[]): Promise<void> {
  const byTenant = Map.groupBy(batch, (request) => request.tenantId);
  try {
    for (const part of await changeTogether(deps.db, byTenant)) settlePart(deps, part);
  } catch (error) {
    // The database is away, and there is nothing to try again in smaller parts.
    if (error instanceof StoreUnavailable && !isContention(error)) for (const request of batch) request.reject(error);
    else if (byTenant.size > 1) for (const part of byTenant.values()) await changeBatch(deps, part);
    else for (const request of batch) settleAlone(deps, request);
  }
}

async function changeTogether(db: Database, byTenant: ReadonlyMap<TenantId, readonly Change[]>): Promise<Part[]> {
  // In one order everywhere.
  const tenants = [...byTenant].sort(([one], [other]) => (one < other ? -1 : 1));
  return await inTenants(db, tenants[0]?.[0], async (tx) => {
    const found = await allOrNone(tenants.map(([tenantId, requests]) => lockTargets(tx, tenantId, requests)));
    const parts = tenants.map(([tenantId, requests], index) => ({
      tenantId,
      decided: requests.map((request) => ({
        request,
        decision: decide(request, found[index]?.get(request.target.id)),
      })),
    }));
    return await writeParts(tx, parts);
  });
}

async function lockTargets(tx: TenantsTx, tenantId: TenantId, requests: readonly Change[]) {
  const ids = requests.map(({ target }) => target.id).sort();
  const found = await lockFreeUsers(tx.scope(tenantId), tenantId, ids);
  return new Map(found.map((one) => [one.record.id, one]));
}

function decide({ scope, target, change }: Change, found: FoundUser | undefined): Decision {
  // Nobody of this id here, or somebody else has the row locked.
  if (found?.record.directoryId !== scope.directoryId) return { kind: "alone" };
  try {
    assertVersion(target.expected, found.record.version);
    const { user, changed } = change(found.record.user);
    if (!changed) return { kind: "keep", found };
    const isRename = foldCase(user.userName) !== foldCase(found.record.user.userName);
    // A name may be taken, and a batch that holds a refused row is repeated row by row.
    if (isRename || claimsMembers(scope, found.record.user, user)) return { kind: "alone" };
    return { kind: "write", found, user };
  } catch (error) {
    return { kind: "refuse", error };
  }
}

async function writeParts(tx: TenantsTx, parts: readonly Omit<Part, "written" | "marked">[]): Promise<Part[]> {
  const toWrite = parts.map(({ decided }) =>
    decided.flatMap(
      ({
        request: {
          scope: { actor, traceId },
        },
        decision,
      }) => (decision.kind === "write" ? [{ record: decision.found.record, user: decision.user, actor, traceId }] : []),
    ),
  );
  const last = toWrite.findLastIndex((changes) => changes.length > 0);
  return await allOrNone(
    parts.map(async (part, index) => {
      const changes = toWrite[index] ?? [];
      if (changes.length === 0) return { ...part, written: new Map(), marked: nothingMarked };
      const scoped = tx.scope(part.tenantId);
      const { rows, marked } = await updateUsers(index === last ? scoped.last : scoped, part.tenantId, changes);
      return { ...part, written: rows, marked };
    }),
  );
}

function settlePart(deps: Deps, { decided, written, marked }: Part): void {
  // The statement names every lane that its batch made due; one ring is enough for all.
  let rings = marked;
  for (const { request, decision } of decided) {
    switch (decision.kind) {
      case "refuse":
        request.reject(decision.error);
        break;
      case "keep":
        request.resolve({ value: decision.found, marked: nothingMarked });
        break;
      case "alone":
        settleAlone(deps, request);
        break;
      case "write": {
        const { record, groups } = decision.found;
        const value = { record: { ...record, user: decision.user, ...written.get(record.id) }, groups };
        request.resolve({ value, marked: rings });
        rings = nothingMarked;
      }
    }
  }
}

function settleAlone(deps: Deps, { scope, target, change, resolve, reject }: Change): void {
  deps.alone(scope.tenantId, () => changeUser(deps, scope, target, change)).then(resolve, reject);
}
