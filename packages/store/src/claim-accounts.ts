import type { Attributes } from "@muster/scim";
import { type LaneRef, MAX_CRASHES } from "./accounts.ts";
import type { NamedStatement, Statements } from "./database.ts";
import { toTraceId } from "./trace-id.ts";

/** An account as the worker claimed it. `generation` was read no later than the inputs of `desired` will be. */
export type ClaimedAccount = {
  userId: string;
  generation: number;
  removal: boolean;
  /** How long ago, in milliseconds, the removal was accepted; null for other work. */
  removalAgeMs: number | null;
  remoteId: string | null;
  /** The payload that the app was last seen to have, or null when nothing was applied. */
  applied: Attributes | null;
  /** The app's copy is uncertain: look before acting. */
  verify: boolean;
  /** Look-ups since an unknown create that found nothing. */
  lookups: number;
  attempts: number;
  /** Milliseconds since this account's person was first found to have left; null while they have not. */
  leftForMs: number | null;
  /** The trace of the newest request that marked it; null when none did. */
  traceId: string | null;
  /** Milliseconds since a create was left behind whose end nobody knows; null when there never was one. */
  twinForMs: number | null;
  /** Milliseconds since the account was linked to the app's; null when it is not, or was long ago. */
  linkedForMs: number | null;
  /** Let in where seats are limited, and not there yet. */
  seated: boolean;
  /** On the waitlist for a seat. */
  waits: boolean;
};

type ClaimedRow = {
  user_id: string;
  desired_generation: number;
  removal: boolean;
  removal_age_ms: number | null;
  remote_id: string | null;
  applied: Attributes | null;
  verify: boolean;
  lookups: number;
  attempts: number;
  left_for_ms: number | null;
  trace_id: string | null;
  twin_for_ms: number | null;
  linked_for_ms: number | null;
  seated: boolean;
  waits: boolean;
};

/** What a claim is for. Each has a statement of its own, so that one that finds nothing reads no row: a filter would read all that is due. */
type Wanted = "any" | "removals" | "suspects" | "suspectRemovals";

// The index of suspects is partial: these are its words.
const SUSPECT = `crashes >= ${MAX_CRASHES - 1}`;

const WHERE: Record<Wanted, string> = {
  any: `not ${SUSPECT}`,
  removals: `removal and not ${SUSPECT}`,
  suspects: SUSPECT,
  suspectRemovals: `removal and ${SUSPECT}`,
};

// The rows are there: this is an upsert because it finds each by the key, whatever the planner believes of the table. Before the
// first statistics of a new lane an update by a list of ids reads the whole tenant for every batch (ADR 0040).
const claimOf = (wanted: Wanted): NamedStatement<ClaimedRow> => ({
  name: `claim-${wanted}`,
  text: `
with picked as (
  select user_id from accounts where tenant_id = $1 and connection_id = $2 and due_at <= now() and ${WHERE[wanted]}
    and not exists (select 1 from lanes where connection_id = $2 and (suspended or paused))
  order by removal desc, due_at limit $4 for update skip locked
)
insert into accounts as a (tenant_id, connection_id, user_id) select $1, $2, user_id from picked
on conflict (tenant_id, connection_id, user_id) do update set in_flight_epoch = $3
returning a.user_id, a.desired_generation, a.removal, extract(epoch from now() - a.removal_since)::float8 * 1000 as removal_age_ms, a.remote_id, a.applied, a.verify, a.lookups, a.attempts,
  (extract(epoch from now() - a.left_at) * 1000)::float8 as left_for_ms, (extract(epoch from now() - a.twin_since) * 1000)::float8 as twin_for_ms,
  (extract(epoch from now() - a.linked_at) * 1000)::float8 as linked_for_ms, a.trace_id, a.seated, a.waits_since is not null as waits`,
});

// What is due first is said by an index, but of a lane that no statistics know the planner believes that it has one row, and then
// it reads and sorts all of them just as gladly. Only for the claims: other statements need their sorts (ADR 0040).
const SORT_OFF: NamedStatement<never> = { name: "sort-off", text: "set local enable_sort = off" };
const SORT_ON: NamedStatement<never> = { name: "sort-on", text: "set local enable_sort = on" };

const CLAIMS: Record<Wanted, NamedStatement<ClaimedRow>> = {
  any: claimOf("any"),
  removals: claimOf("removals"),
  suspects: claimOf("suspects"),
  suspectRemovals: claimOf("suspectRemovals"),
};

/**
 * Marks up to `limit` due accounts in flight under the lane's epoch, removals first. An account that two workers ended
 * with is claimed alone, and unless it is a removal only when nothing else is due: a third end then names the culprit
 * and spares its neighbours. While the tenant is suspended or the lane paused nothing is claimed, so that a holder stops at
 * its next batch. `only` removals are claimed while the lane is held for everything else.
 */
export async function claimAccounts(
  tx: Statements,
  lane: LaneRef,
  limit: number,
  only: { removals: boolean } = { removals: false },
): Promise<ClaimedAccount[]> {
  // Not waited for, like BEGIN: when it fails, so do the statements behind it.
  const set = (sort: NamedStatement<never>): void => void tx.named(sort, []).catch(() => undefined);
  const claim = (wanted: Wanted): Promise<ClaimedRow[]> => {
    const most = wanted.startsWith("suspect") ? 1 : limit;
    return tx.named(CLAIMS[wanted], [lane.tenantId, lane.connectionId, lane.epoch, most]);
  };
  set(SORT_OFF);
  let rows = await claim("suspectRemovals");
  if (rows.length === 0) rows = await claim(only.removals ? "removals" : "any");
  if (rows.length === 0 && !only.removals) rows = await claim("suspects");
  set(SORT_ON);
  const claimed = rows.map((row) => ({
    userId: row.user_id,
    generation: row.desired_generation,
    removal: row.removal,
    removalAgeMs: row.removal_age_ms,
    remoteId: row.remote_id,
    applied: row.applied,
    verify: row.verify,
    lookups: row.lookups,
    attempts: row.attempts,
    leftForMs: row.left_for_ms,
    traceId: toTraceId(row.trace_id),
    twinForMs: row.twin_for_ms,
    linkedForMs: row.linked_for_ms,
    seated: row.seated,
    waits: row.waits,
  }));
  return claimed.sort((a, b) => Number(b.removal) - Number(a.removal));
}
