import type { NamedStatement, Statements } from "./database.ts";
import type { OnLeave, RemovalAction, RemovalConfirmation, TenantId } from "./tables.ts";

/** A removal that an app has done. Times are the database's. */
export type RemovalRecord = {
  id: string;
  connectionId: string;
  appId: string;
  userId: string;
  userName: string | null;
  externalId: string | null;
  remoteId: string;
  action: RemovalAction;
  confirmation: RemovalConfirmation;
  onLeave: OnLeave;
  deleteAfterDays: number | null;
  acceptedAt: Date | null;
  pushedAt: Date | null;
  confirmedAt: Date | null;
  recordedAt: Date;
  /** Milliseconds from the accepted change to the app's 2xx; null where one of them is missing. */
  acceptedToPushedMs: number | null;
};

/** A removal with what else its receipt says. */
export type RemovalFacts = RemovalRecord & {
  generation: number;
  epoch: number;
  /** The change that was accepted, as the audit has it; null when the audit does not tell which one it was. */
  acceptedBy: { auditId: string; actor: string; action: string; target: string } | null;
};

const CLOCK = "(extract(epoch from r.pushed_at - r.accepted_at) * 1000)::float8";
const COLUMNS = `r.id, r.connection_id as "connectionId", c.app_id as "appId", r.user_id as "userId", r.user_name as "userName",
  r.external_id as "externalId", r.remote_id as "remoteId", r.action, r.confirmation, r.on_leave as "onLeave", r.delete_after_days as "deleteAfterDays",
  r.accepted_at as "acceptedAt", r.pushed_at as "pushedAt", r.confirmed_at as "confirmedAt", r.recorded_at as "recordedAt", ${CLOCK} as "acceptedToPushedMs"`;

// The audit row of the person's own change if there is one; of a change for many (a group, a hold) only if it is the only one
// of its transaction, because several requests may share one.
const FIND: NamedStatement<RemovalFacts> = {
  name: "find-removal",
  text: `
select ${COLUMNS}, r.generation, r.epoch, coalesce(own.entry, only_one.entry) as "acceptedBy"
from (select * from removals where tenant_id = $1 and connection_id = $2 and user_id = $3 and ($4::uuid is null or id = $4)
    order by recorded_at desc, id desc limit 1) r
  join connections c on c.tenant_id = $1 and c.id = r.connection_id
  left join lateral (
    select json_build_object('auditId', a.id, 'actor', a.actor, 'action', a.action, 'target', a.target) as entry
    from audit a where a.tenant_id = $1 and a.at = r.accepted_at and a.target = r.user_id::text order by a.id limit 1) own on true
  left join lateral (
    select min(json_build_object('auditId', a.id, 'actor', a.actor, 'action', a.action, 'target', a.target)::text)::json as entry
    from audit a where a.tenant_id = $1 and a.at = r.accepted_at having count(*) = 1) only_one on true`,
};

/** The newest removal of an account, or the one with an id; undefined when there is none. */
export async function findRemoval(
  tx: Statements,
  tenantId: TenantId,
  key: { connectionId: string; userId: string; removalId: string | undefined },
): Promise<RemovalFacts | undefined> {
  const [row] = await tx.named(FIND, [tenantId, key.connectionId, key.userId, key.removalId ?? null]);
  return row;
}

/** When removals were recorded, the end left out. */
export type RemovalRange = { from: Date; to: Date };

// Two statements, so that each is one walk of the index.
const listText = (after: string): string => `
select ${COLUMNS} from removals r join connections c on c.tenant_id = $1 and c.id = r.connection_id
where r.tenant_id = $1 and r.recorded_at >= $2 and r.recorded_at < $3 ${after}
order by r.recorded_at desc, r.id desc limit $4`;

const LIST: NamedStatement<RemovalRecord> = { name: "list-removals", text: listText("") };
const LIST_BEFORE: NamedStatement<RemovalRecord> = {
  name: "list-removals-before",
  text: listText("and (r.recorded_at, r.id) < (select recorded_at, id from removals where tenant_id = $1 and id = $5)"),
};

/** Lists a tenant's removals of a time, the newest first; `before` is the id of the last row already seen. */
export async function listRemovals(
  tx: Statements,
  tenantId: TenantId,
  page: RemovalRange & { before: string | undefined; limit: number },
): Promise<RemovalRecord[]> {
  const { before, from, to, limit } = page;
  const values = [tenantId, from, to, limit];
  return await (before === undefined ? tx.named(LIST, values) : tx.named(LIST_BEFORE, [...values, before]));
}

export type RemovalSummary = {
  removals: number;
  /** Those with both an accepted change and a 2xx of the app. */
  measured: number;
  p50Ms: number | null;
  p99Ms: number | null;
  maxMs: number | null;
  overThirtySeconds: number;
  overSixtySeconds: number;
  /** Done by the app's word only. */
  unconfirmed: number;
};

const SUMMARISE: NamedStatement<RemovalSummary> = {
  name: "summarise-removals",
  text: `
select count(*) as removals, count(ms) as measured, percentile_cont(0.5) within group (order by ms) as "p50Ms",
  percentile_cont(0.99) within group (order by ms) as "p99Ms", max(ms) as "maxMs", count(*) filter (where ms > 30000) as "overThirtySeconds",
  count(*) filter (where ms > 60000) as "overSixtySeconds", count(*) filter (where confirmation = 'none') as unconfirmed
from (select ${CLOCK} as ms, confirmation from removals r where tenant_id = $1 and recorded_at >= $2 and recorded_at < $3) timed`,
};

/** How long the removals of a time took from the accepted change to the app's 2xx (R2). */
export async function summariseRemovals(
  tx: Statements,
  tenantId: TenantId,
  range: RemovalRange,
): Promise<RemovalSummary> {
  const [row] = await tx.named(SUMMARISE, [tenantId, range.from, range.to]);
  if (row === undefined) throw new Error("An aggregate must return a row");
  return row;
}
