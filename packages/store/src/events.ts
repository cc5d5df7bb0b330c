import type { Json } from "@muster/scim";
import { type Database, inTenant, type NamedStatement, type Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";

/**
 * Where a reader is in a tenant's events. `place` is a transaction id (64 bits, as text), `seq` orders within it. A position
 * that came with a snapshot leaves out what was committed before that.
 */
export type EventPosition = { place: string; seq: number; snapshot: string | null };

export type EventRecord = {
  id: string;
  at: Date;
  type: string;
  directoryId: string | null;
  userId: string | null;
  groupId: string | null;
  connectionId: string | null;
  changes: Record<string, { old: Json; new: Json }>;
  traceId: string | null;
  position: EventPosition;
};

/** What a reader wants to see; everything else is passed over. */
export type EventFilter = { types: readonly string[] | null; appId: string | null };

export type EventPage = {
  /** At most as many as were asked for; fewer, or none, when others were passed over. */
  events: EventRecord[];
  /** Where to go on. */
  next: EventPosition;
  /** There may be more right now. */
  hasMore: boolean;
  /** There are events that may not be shown yet, because a transaction from before them goes on. */
  waiting: boolean;
};

export type EventReading =
  | { kind: "read"; page: EventPage }
  /** The tenant never had events. */
  | { kind: "off" }
  /** Events were just switched on, and `settleStreams` has yet to run. */
  | { kind: "unsettled" }
  /** Events after the position are not kept any more. */
  | { kind: "gone" }
  /** The position is from another installation, or from its future. */
  | { kind: "ahead" };

type EventRow = {
  settled: boolean | null;
  gone: boolean;
  ahead: boolean;
  waiting: boolean;
  start_place: string;
  start_seq: number;
  place: string | null;
  seq: number;
  wanted: boolean;
  id: string;
  at: Date;
  type: string;
  directory_id: string | null;
  user_id: string | null;
  group_id: string | null;
  connection_id: string | null;
  changes: EventRecord["changes"];
  trace_id: string | null;
};

const COLUMNS = "id, at, type, directory_id, user_id, group_id, connection_id, changes, trace_id";

// A transaction that has not ended may still write below whatever is above the oldest of them: so only what is below that is
// shown, and no late commit can be passed over. Both are of one snapshot, the statement's.
const READ_EVENTS: NamedStatement<EventRow> = {
  name: "read-events",
  text: `
with stream as materialized (
  select barrier is not null or not enabled as settled, coalesce($2::xid8, floor_place) as place, coalesce($3::bigint, floor_seq) as seq,
    floor_place, floor_seq, pg_snapshot_xmin(pg_current_snapshot()) as bound, pg_snapshot_xmax(pg_current_snapshot()) as top
  from event_streams where tenant_id = $1
), scanned as materialized (
  select e.* from events e
  where e.tenant_id = $1 and (e.place, e.seq) > ((select place from stream), (select seq from stream)) and e.place < (select bound from stream)
  order by e.place, e.seq limit $5
)
select s.settled, (s.place, s.seq) < (s.floor_place, s.floor_seq) as gone, s.place > s.top as ahead,
  exists (select 1 from events w where w.tenant_id = $1 and w.place >= s.bound) as waiting,
  s.place::text as start_place, s.seq as start_seq, e.place::text as place, e.seq,
  ($4::pg_snapshot is null or not pg_visible_in_snapshot(e.xid, $4::pg_snapshot)) and ($6::text[] is null or e.type = any($6))
    and ($7::uuid is null or exists (
      select 1 from connections c where c.tenant_id = $1 and c.app_id = $7
        and (c.id = e.connection_id or (e.connection_id is null and c.directory_id = e.directory_id)))) as wanted,
  ${COLUMNS.split(", ")
    .map((column) => `e.${column}`)
    .join(", ")}
from stream s left join scanned e on true order by e.place, e.seq`,
};

/** Reads a tenant's events after a position, or from the first that is kept; looks at `limit` of them at most. */
export async function readEvents(
  tx: Statements,
  tenantId: TenantId,
  after: EventPosition | null,
  wanted: EventFilter & { limit: number },
): Promise<EventReading> {
  const rows = await tx.named(READ_EVENTS, [
    tenantId,
    after?.place ?? null,
    after?.seq ?? null,
    after?.snapshot ?? null,
    wanted.limit,
    wanted.types,
    wanted.appId,
  ]);
  const [first] = rows;
  if (first === undefined) return { kind: "off" };
  if (first.settled !== true) return { kind: "unsettled" };
  if (first.gone) return { kind: "gone" };
  if (first.ahead) return { kind: "ahead" };
  const snapshot = after?.snapshot ?? null;
  const scanned = rows.flatMap((row) => (row.place === null ? [] : [{ ...row, place: row.place }]));
  const events = scanned.filter((row) => row.wanted).map((row) => toRecord(row, snapshot));
  const last = scanned.at(-1);
  const next =
    last === undefined
      ? { place: first.start_place, seq: first.start_seq, snapshot }
      : toPosition(last.place, last.seq, snapshot);
  return {
    kind: "read",
    page: { events, next, hasMore: scanned.length === wanted.limit, waiting: first.waiting },
  };
}

function toRecord(row: EventRow & { place: string }, snapshot: string | null): EventRecord {
  return {
    id: row.id,
    at: row.at,
    type: row.type,
    directoryId: row.directory_id,
    userId: row.user_id,
    groupId: row.group_id,
    connectionId: row.connection_id,
    changes: row.changes,
    traceId: row.trace_id,
    position: toPosition(row.place, row.seq, snapshot),
  };
}

/** What was committed before a snapshot is below its end: once a reader is there, the snapshot has nothing more to say. */
function toPosition(place: string, seq: number, snapshot: string | null): EventPosition {
  const end = snapshot?.split(":")[1];
  return { place, seq, snapshot: end === undefined || BigInt(place) >= BigInt(end) ? null : snapshot };
}

const GET_EVENT: NamedStatement<EventRow & { place: string }> = {
  name: "get-event",
  text: `select ${COLUMNS}, place::text as place, seq from events where tenant_id = $1 and id = $2`,
};

/** Reads one event; undefined when it is not kept, or nobody's here. */
export async function getEvent(tx: Statements, tenantId: TenantId, id: string): Promise<EventRecord | undefined> {
  const [row] = await tx.named(GET_EVENT, [tenantId, id]);
  return row === undefined ? undefined : toRecord(row, null);
}

// Only what has been there for a day at least and is below every transaction that goes on: nothing can come below the floor.
const PURGE_EVENTS: NamedStatement<{ purged: number; lagging: string[] | null }> = {
  name: "purge-events",
  text: `
with stream as materialized (
  select days from event_streams where tenant_id = $1 for update
), old as materialized (
  select e.place, e.seq, e.xid, e.at from events e
  where e.tenant_id = $1 and e.place < pg_snapshot_xmin(pg_current_snapshot()) and exists (select 1 from stream)
  order by e.place, e.seq limit $2
), young as (
  select place, seq from old where at >= now() - (select days from stream) * interval '1 day' order by place, seq limit 1
), doomed as materialized (
  select place, seq, xid from old where not exists (select 1 from young where (young.place, young.seq) <= (old.place, old.seq))
), purged as (
  delete from events
  where tenant_id = $1 and place = any(array(select distinct place from doomed)) and seq = any(array(select seq from doomed)) returning seq
), top as materialized (
  select place, seq from doomed order by place desc, seq desc limit 1
), raised as (
  update event_streams s set floor_place = top.place, floor_seq = top.seq from top
  where s.tenant_id = $1 and (s.floor_place, s.floor_seq) < (top.place, top.seq)
), lagging as (
  select l.lane_id, l.webhook_id from webhook_lanes l cross join top
  where l.tenant_id = $1 and (l.place, l.seq) < (top.place, top.seq) and exists (
    select 1 from doomed d where (d.place, d.seq) > (l.place, l.seq) and (l.snapshot is null or not pg_visible_in_snapshot(d.xid, l.snapshot)))
), moved as (
  update webhook_lanes l set place = top.place, seq = top.seq, attempts = 0, failing_since = null from top
  where l.tenant_id = $1 and (l.place, l.seq) < (top.place, top.seq)
)
select (select count(*) from purged) as purged, (select array_agg(webhook_id) from lagging) as lagging`,
};

/**
 * Deletes a tenant's oldest events that are older than it keeps them, `limit` at most. Answers how many, and the webhooks that
 * had not been told of all of them: these go on with what is left.
 */
export async function purgeEvents(
  db: Database,
  tenantId: TenantId,
  limit: number,
): Promise<{ purged: number; lagging: string[] }> {
  const [row] = await inTenant(db, tenantId, (tx) => tx.last.named(PURGE_EVENTS, [tenantId, limit]));
  return { purged: row?.purged ?? 0, lagging: row?.lagging ?? [] };
}
