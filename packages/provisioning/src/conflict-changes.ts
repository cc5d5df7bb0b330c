import type { RemoteUser } from "@muster/connectors";
import type { Candidate, FoundConflict, StoredDecision } from "@muster/store";
import type { Decision } from "./account-plan.ts";
import type { AccountResult } from "./account-result.ts";
import { emailsOf } from "./find-accounts.ts";

/** A list that somebody is to read: whoever has more accounts in one app has another problem. */
const MAX_CANDIDATES = 20;
const MAX_EMAILS = 10;

/** What the list of conflicts gains and loses by these results; null when it stays as it is. */
export function conflictChanges(
  results: readonly AccountResult[],
  listed: ReadonlyMap<string, StoredDecision>,
): { found: FoundConflict[]; cleared: string[] } | null {
  const found: FoundConflict[] = [];
  const cleared: string[] = [];
  for (const { outcome, conflict } of results) {
    const { userId } = outcome;
    if (conflict !== undefined)
      found.push({
        userId,
        why: conflict.why,
        candidates: conflict.candidates.slice(0, MAX_CANDIDATES).map(toCandidate),
        decision: listed.get(userId)?.kind ?? null,
        decidedRemoteId: listed.get(userId)?.remoteId ?? null,
      });
    else if (listed.has(userId) && outcome.settled) cleared.push(userId);
  }
  return found.length === 0 && cleared.length === 0 ? null : { found, cleared };
}

function toCandidate(remote: RemoteUser): Candidate {
  const { remoteId, userName, externalId, active } = remote;
  const emails = emailsOf(remote.resource)
    .slice(0, MAX_EMAILS)
    .map((email) => email.value);
  return { remoteId, userName, externalId, active, emails };
}

/** The decision that a plan is made with; null while nobody has decided. */
export function toDecision(stored: StoredDecision | undefined): Decision | null {
  switch (stored?.kind) {
    case undefined:
    case null:
      return null;
    case "link":
      return stored.remoteId === null ? null : { kind: "link", remoteId: stored.remoteId };
    case "createNew":
    case "ignore":
      return { kind: stored.kind };
  }
}
