import { Refusal } from "@muster/runtime";
import {
  type Database,
  findRemoval,
  inTenant,
  listOffboarding,
  type OffboardingRecord,
  type RemovalFacts,
} from "@muster/store";
import { type Owner, requireConnection } from "./connections.ts";

/** How far an account is out of its app. */
export type OffboardingState = "active" | "pending" | "held" | "failed" | "removed" | "unverified" | "noAccount";
export type OffboardingLine = OffboardingRecord & { standing: { state: OffboardingState; reason: string | null } };

/** One person in more apps than this is no person. */
const MAX_LINES = 1_000;
/** R2: from the accepted change to the app's 2xx, when all is well and after anything recovered. */
const BOUND_MS = { healthy: 30_000, recovering: 60_000 };

/** What a record of one account means for somebody who asks whether a person is out. */
export function standingOf(record: OffboardingRecord): OffboardingLine["standing"] {
  const { hold, reason } = record;
  if (record.removal || hold === "held" || hold === "unjudged") {
    // A hold is about access that there is; what the app was already told stays done.
    if (hold === "held") return { state: "held", reason: "The guard holds this removal until somebody approves it" };
    if (hold === "unjudged") return { state: "pending", reason: "The guard has not judged the change yet" };
    // Somebody has to approve it, or rejected it.
    if (record.state === "held") return { state: "held", reason };
    const isStuck = record.state === "failing" || record.state === "stopped";
    return { state: isStuck ? "failed" : "pending", reason };
  }
  if (record.hasAccess)
    return { state: "active", reason: hold === "rejected" ? "Somebody decided that this access stays" : reason };
  if (record.removalId === null) return { state: "noAccount", reason: null };
  return record.confirmation === "none" ? { state: "unverified", reason } : { state: "removed", reason: null };
}

/** Reads how far a person is out of every app, or refuses with "not found". */
export async function readOffboarding(
  deps: { db: Database },
  owner: Owner,
  userId: string,
): Promise<OffboardingLine[]> {
  const { tenantId } = owner;
  return await inTenant(deps.db, tenantId, async (tx) => {
    const records = await listOffboarding(tx, tenantId, { userId, limit: MAX_LINES });
    if (records === undefined) throw new Refusal("notFound", `There is no user ${userId}`);
    return records.map((record) => ({ ...record, standing: standingOf(record) }));
  });
}

/**
 * Reads what the receipt of an account's removal says: the newest one, or one by its id. Refuses while nothing was read back, and
 * says how far it is.
 */
export async function readReceipt(
  deps: { db: Database },
  owner: Owner,
  key: { connectionId: string; userId: string; removalId: string | undefined },
): Promise<RemovalFacts> {
  const { tenantId } = owner;
  return await inTenant(deps.db, tenantId, async (tx) => {
    await requireConnection(tx, tenantId, key.connectionId);
    const facts = await findRemoval(tx, tenantId, key);
    if (facts !== undefined && facts.confirmation !== "none") return facts;
    const records = await listOffboarding(tx, tenantId, { userId: key.userId, limit: MAX_LINES });
    const line = records?.find((record) => record.connectionId === key.connectionId);
    if (line === undefined || (key.removalId !== undefined && facts === undefined))
      throw new Refusal("notFound", `There is no removal of user ${key.userId} in connection ${key.connectionId}`);
    const { state, reason } = standingOf(line);
    const because = reason === null ? "" : `: ${reason}`;
    throw new Refusal(
      "conflict",
      `No removal of this account was read back, so there is no receipt; it is ${state}${because}`,
    );
  });
}

type Change = NonNullable<RemovalFacts["acceptedBy"]>;
/** Which change was accepted is not said rather than guessed. */
const UNKNOWN_CHANGE = { auditId: null, actor: null, action: null, target: null };

/** What a receipt says, in the order in which it is signed. Moments are as RFC 3339 writes them. */
export type ReceiptClaims = Pick<
  RemovalFacts,
  "appId" | "connectionId" | "remoteId" | "action" | "confirmation" | "generation" | "epoch"
> & {
  iss: string;
  jti: string;
  sub: string;
  iat: number;
  tenantId: string;
  person: { id: string; userName: string | null; externalId: string | null };
  policy: Pick<RemovalFacts, "onLeave" | "deleteAfterDays">;
  acceptedAt: string | null;
  acceptedBy: { [K in keyof Change]: Change[K] | null };
  pushedAt: string | null;
  confirmedAt: string | null;
  clock: {
    acceptedToPushedMs: number | null;
    boundMs: { healthy: number; recovering: number };
    withinHealthyBound: boolean | null;
    withinRecoveringBound: boolean | null;
  };
};

/** What a receipt says: nothing but the removal's own row and the audit, so that it says the same whenever it is asked for. */
export function receiptClaims(facts: RemovalFacts, place: { issuer: string; tenantId: string }): ReceiptClaims {
  const { acceptedToPushedMs } = facts;
  return {
    iss: place.issuer,
    jti: facts.id,
    sub: facts.userId,
    iat: Math.floor(facts.recordedAt.getTime() / 1_000),
    tenantId: place.tenantId,
    person: { id: facts.userId, userName: facts.userName, externalId: facts.externalId },
    appId: facts.appId,
    connectionId: facts.connectionId,
    remoteId: facts.remoteId,
    action: facts.action,
    confirmation: facts.confirmation,
    policy: { onLeave: facts.onLeave, deleteAfterDays: facts.deleteAfterDays },
    acceptedAt: facts.acceptedAt?.toISOString() ?? null,
    acceptedBy: facts.acceptedBy ?? UNKNOWN_CHANGE,
    pushedAt: facts.pushedAt?.toISOString() ?? null,
    confirmedAt: facts.confirmedAt?.toISOString() ?? null,
    clock: {
      acceptedToPushedMs: acceptedToPushedMs === null ? null : Math.round(acceptedToPushedMs),
      boundMs: BOUND_MS,
      withinHealthyBound: acceptedToPushedMs === null ? null : acceptedToPushedMs <= BOUND_MS.healthy,
      withinRecoveringBound: acceptedToPushedMs === null ? null : acceptedToPushedMs <= BOUND_MS.recovering,
    },
    generation: facts.generation,
    epoch: facts.epoch,
  };
}
