import { uuidV7 } from "@muster/runtime";
import { type Database, inTenant, type NamedStatement, type Statements } from "./database.ts";
import type { DeliveryOutcome } from "./event-tables.ts";
import type { TenantId } from "./tables.ts";

/** One try to tell a webhook, as its app owner sees it. */
export type DeliveryView = {
  id: string;
  at: Date;
  eventId: string | null;
  type: string;
  outcome: DeliveryOutcome;
  status: number | null;
  detail: string | null;
  durationMs: number;
  number: number;
};

/** Newest first; `before` is the id of the last row already seen. */
export async function listDeliveries(
  tx: Statements,
  tenantId: TenantId,
  page: { webhookId: string; before: string | undefined; limit: number },
): Promise<DeliveryView[]> {
  let query = tx.sql
    .selectFrom("webhook_deliveries")
    .select(["id", "at", "event_id as eventId", "type", "outcome", "status", "detail"])
    .select(["duration_ms as durationMs", "number"])
    .where("tenant_id", "=", tenantId)
    .where("webhook_id", "=", page.webhookId)
    .orderBy("id", "desc")
    .limit(page.limit);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  return await tx.run(query);
}

/** What is to be sent again: one event, or those of the time since that failed or were never sent. */
export type RedeliveryWish =
  | { what: "event"; eventId: string }
  | { what: "failed"; since: Date }
  | { what: "neverSent"; since: Date };

/** Events that one call puts in a lane at most. */
const MOST = 1_000;

const REDELIVER_ONE: NamedStatement<{ found: boolean }> = {
  name: "redeliver-one",
  text: `
with found as (
  select id from events where tenant_id = $1 and id = $4
), asked as (
  insert into webhook_redeliveries (tenant_id, webhook_id, id, event_id) select $1, $2, $3, id from found
  on conflict (tenant_id, webhook_id, event_id) do nothing
), marked as (
  insert into lane_marks (tenant_id, connection_id, removal) select $1, lane_id, false from webhook_lanes where tenant_id = $1 and webhook_id = $2
)
select exists (select 1 from found) as found`,
};

// Only what the lane is past: to the rest it comes by itself.
const REDELIVER_MANY: NamedStatement<{ asked: number }> = {
  name: "redeliver-many",
  text: `
with lane as (
  select lane_id, place, seq from webhook_lanes where tenant_id = $1 and webhook_id = $2
), tried as materialized (
  select event_id, bool_or(outcome = 'delivered') as delivered from webhook_deliveries
  where tenant_id = $1 and webhook_id = $2 and event_id is not null group by event_id
), found as materialized (
  select e.id, e.place, e.seq from events e join lane l on (e.place, e.seq) <= (l.place, l.seq) left join tried t on t.event_id = e.id
  where e.tenant_id = $1 and e.at >= $4 and ($5::text[] is null or e.type = any($5))
    and case when $3::boolean then t.event_id is not null and not t.delivered else t.event_id is null end
    and not exists (select 1 from webhook_redeliveries r where r.tenant_id = $1 and r.webhook_id = $2 and r.event_id = e.id)
  order by e.place, e.seq limit ${MOST}
), numbered as (
  select id, row_number() over (order by place, seq) as nr from found
), asked as (
  insert into webhook_redeliveries (tenant_id, webhook_id, id, event_id)
  select $1, $2, ($6::uuid[])[nr], id from numbered on conflict (tenant_id, webhook_id, event_id) do nothing returning id
), marked as (
  insert into lane_marks (tenant_id, connection_id, removal) select $1, lane_id, false from lane where exists (select 1 from asked)
)
select count(*) as asked from asked`,
};

/**
 * Puts events into a lane out of turn, the oldest first and at most 1,000; answers how many. Undefined when the one that is
 * named is not kept.
 */
export async function redeliverEvents(
  tx: Statements,
  tenantId: TenantId,
  webhook: { id: string; types: readonly string[] | null },
  wish: RedeliveryWish,
): Promise<{ events: number; hasMore: boolean } | undefined> {
  if (wish.what === "event") {
    const [one] = await tx.named(REDELIVER_ONE, [tenantId, webhook.id, uuidV7(), wish.eventId]);
    return one?.found === true ? { events: 1, hasMore: false } : undefined;
  }
  const ids = Array.from({ length: MOST }, () => uuidV7()).toSorted();
  const [row] = await tx.named(REDELIVER_MANY, [
    tenantId,
    webhook.id,
    wish.what === "failed",
    wish.since,
    webhook.types,
    ids,
  ]);
  const events = row?.asked ?? 0;
  return { events, hasMore: events === MOST };
}

const ASK_TEST: NamedStatement<object> = {
  name: "ask-webhook-test",
  text: `
with asked as (
  insert into webhook_redeliveries (tenant_id, webhook_id, id, event_id) values ($1, $2, $3, null)
)
insert into lane_marks (tenant_id, connection_id, removal) select $1, lane_id, false from webhook_lanes where tenant_id = $1 and webhook_id = $2`,
};

/** Has a webhook be sent a test in a tenant's lane. */
export async function askWebhookTest(tx: Statements, tenantId: TenantId, webhookId: string): Promise<void> {
  await tx.named(ASK_TEST, [tenantId, webhookId, uuidV7()]);
}

// Ids grow with time, so the oldest come first in the key; kept as long as the events that they tell of.
const PURGE_DELIVERIES: NamedStatement<object> = {
  name: "purge-deliveries",
  text: `
with old as (
  select d.webhook_id, d.id from webhook_deliveries d
  where d.tenant_id = $1 and d.at < now() - (select days from event_streams where tenant_id = $1) * interval '1 day' limit $2 for update skip locked
)
delete from webhook_deliveries
where tenant_id = $1 and webhook_id = any(array(select distinct webhook_id from old)) and id = any(array(select id from old)) returning id`,
};

/** Deletes a tenant's records of tries that are older than its events are kept, `limit` at most; returns how many. */
export async function purgeDeliveries(db: Database, tenantId: TenantId, limit: number): Promise<number> {
  const rows = await inTenant(db, tenantId, (tx) => tx.last.named(PURGE_DELIVERIES, [tenantId, limit]));
  return rows.length;
}
