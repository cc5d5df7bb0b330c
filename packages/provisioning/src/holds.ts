import { accessOf, type PreparedPolicy } from "@muster/mapping";
import { Refusal } from "@muster/runtime";
import {
  type ClaimedAccount,
  type Database,
  decideHold,
  expireHolds,
  getHold,
  type HeldPerson,
  type HoldRecord,
  inTenant,
  inTrace,
  type LaneLease,
  leaveHold,
  listHeldPeople,
  listHolds,
  listLanesWithExpiredHolds,
  type PersonInput,
  type Tx,
} from "@muster/store";
import type { AccountResult } from "./account-result.ts";
import { type Owner, requireConnection } from "./connections.ts";

/** How soon an account is looked at again whose cause the guard has not judged yet. */
const UNJUDGED_MS = 100;
const LANES_AT_A_TIME = 100;

/** Lets those out of their holds who have access again on their own; nobody who has it is kept by the guard. */
export async function releaseReturned(
  tx: Tx,
  lease: LaneLease,
  people: Map<string, PersonInput>,
  { prepared, nowMs }: { prepared: PreparedPolicy; nowMs: number },
): Promise<void> {
  const returned = [...people.values()].filter(
    (person) => person.removalHold !== null && person.user.active && accessOf(person, prepared, nowMs) === "in",
  );
  const left = returned.filter((person) => person.removalHold !== "unjudged").map((person) => person.userId);
  if (left.length > 0) await leaveHold(tx, lease, left);
  for (const person of returned) people.set(person.userId, { ...person, removalHold: null });
}

/** Whether the guard keeps this person's access: there is access to keep, and its removal may not be planned. */
export function keptByGuard(
  account: Pick<ClaimedAccount, "remoteId" | "applied">,
  person: Pick<PersonInput, "removalHold">,
): boolean {
  return person.removalHold !== null && account.remoteId !== null && account.applied?.active !== false;
}

/** Says in the account what the guard does with it; `person` is null where it does nothing. */
export function noteHold(
  result: AccountResult,
  person: Pick<PersonInput, "removalHold" | "deleted"> | null,
): AccountResult {
  const { outcome } = result;
  if (person === null || person.removalHold === null || !outcome.settled) return result;
  switch (person.removalHold) {
    case "unjudged":
      return { ...result, outcome: { ...outcome, settled: false, state: "pending", dueInMs: UNJUDGED_MS } };
    case "held": {
      const reason = "Held by the guard: this removal waits until its cause is approved or rejected";
      return { ...result, outcome: { ...outcome, state: "held", reason } };
    }
    case "rejected": {
      // A tombstone whose account stays must not be purged: only its row knows of the account.
      const state = person.deleted ? "held" : "synced";
      return { ...result, outcome: { ...outcome, state, reason: "Access stays: the removal was rejected" } };
    }
  }
}

/** Lists the causes that the guard held in a connection, newest first. */
export async function readHolds(
  deps: { db: Database },
  owner: Owner,
  page: Parameters<typeof listHolds>[2],
): Promise<HoldRecord[]> {
  return await inTenant(deps.db, owner.tenantId, (tx) => listHolds(tx, owner.tenantId, page));
}

/** Lists whose removal a hold keeps back, or refuses with "not found". */
export async function readHeldPeople(
  deps: { db: Database },
  owner: Owner,
  page: Parameters<typeof listHeldPeople>[2],
): Promise<HeldPerson[]> {
  return await inTenant(deps.db, owner.tenantId, async (tx) => {
    await requireHold(tx, owner, { connectionId: page.connectionId, id: page.holdId });
    return await listHeldPeople(tx, owner.tenantId, page);
  });
}

/** Approves or rejects a hold, or refuses: not found, or decided already. */
export async function settleHold(
  deps: { db: Database },
  owner: Owner,
  decision: { connectionId: string; holdId: string; state: "approved" | "rejected" },
): Promise<HoldRecord> {
  const { tenantId, actor } = owner;
  const key = { connectionId: decision.connectionId, id: decision.holdId };
  return await inTrace(deps.db, owner, async (tx) => {
    await requireConnection(tx, tenantId, key.connectionId);
    const before = await requireHold(tx, owner, key);
    if ((await decideHold(tx, tenantId, { ...key, state: decision.state, actor })) === undefined)
      throw new Refusal("conflict", `Hold ${key.id} is ${before.state} already: a hold is decided once`);
    return await requireHold(tx, owner, key);
  });
}

/** Ends holds that nobody decided in time, as if rejected; returns how many. */
export async function expireOldHolds(deps: { db: Database }, signal?: AbortSignal): Promise<number> {
  let expired = 0;
  for (const lane of await listLanesWithExpiredHolds(deps.db, LANES_AT_A_TIME)) {
    if (signal?.aborted === true) break;
    expired += await inTenant(deps.db, lane.tenantId, (tx) => expireHolds(tx, lane));
  }
  return expired;
}

async function requireHold(tx: Tx, owner: Owner, key: { connectionId: string; id: string }): Promise<HoldRecord> {
  const hold = await getHold(tx, owner.tenantId, key);
  if (hold === undefined) throw new Refusal("notFound", `This connection has no hold ${key.id}`);
  return hold;
}
