import { type Clock, uuidV7 } from "@muster/runtime";
import type { PersonInput, RemovalEntry } from "@muster/store";
import type { PlanPolicy } from "./account-plan.ts";
import type { AccountResult, Removed } from "./account-result.ts";

type RemovalBatch = {
  policy: Pick<PlanPolicy, "onLeave" | "deleteAfterDays">;
  work: readonly { account: { userId: string }; person: PersonInput }[];
};

/**
 * Adds to results what the record keeps of removals for their receipts. Times travel as "so long ago", because the database's
 * clock is the one that counts; each then is late by the way there, and never early.
 */
export function withRemovals(
  deps: { clock: Clock },
  batch: RemovalBatch,
  results: readonly AccountResult[],
): AccountResult[] {
  if (results.every(({ pushedAtMs, removed }) => (pushedAtMs ?? removed ?? null) === null)) return [...results];
  const nowMs = deps.clock.monotonicMs();
  const people = new Map(batch.work.map(({ account, person }) => [account.userId, person]));
  return results.map((result) => {
    const { outcome, pushedAtMs, removed } = result;
    const person = people.get(outcome.userId);
    const pushedMsAgo = pushedAtMs === null || pushedAtMs === undefined ? null : nowMs - pushedAtMs;
    const entry = removed === null || removed === undefined || person === undefined ? null : { removed, person };
    return {
      ...result,
      outcome: {
        ...outcome,
        pushedMsAgo,
        removed: entry === null ? null : toEntry(entry.removed, entry.person, { policy: batch.policy, nowMs }),
      },
    };
  });
}

function toEntry(
  { remoteId, action, confirmation, confirmedAtMs }: Removed,
  { user }: PersonInput,
  { policy, nowMs }: { policy: RemovalBatch["policy"]; nowMs: number },
): RemovalEntry {
  const { onLeave, deleteAfterDays } = policy;
  const { userName, externalId } = user;
  const confirmedMsAgo = nowMs - confirmedAtMs;
  return {
    id: uuidV7(),
    userName,
    externalId,
    remoteId,
    action,
    confirmation,
    onLeave,
    deleteAfterDays,
    confirmedMsAgo,
  };
}
