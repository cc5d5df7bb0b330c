import { sql } from "kysely";
import { type Database, inEachTenant, inTenant, type NamedStatement, type Statements } from "./database.ts";
import { firstIdOf, firstIdOfDaysAgo } from "./first-id-of.ts";
import type { DirectoryKey } from "./purge-tombstones.ts";
import type { TenantId } from "./tables.ts";

/** A request to a directory as it is kept: everything of a person's is masked before it comes here. */
export type RequestRecord = {
  /** Grows with time. */
  id: string;
  at: Date;
  method: string;
  path: string;
  status: number;
  durationMs: number;
  client: string;
  actor: string | null;
  resourceId: string | null;
  scimType: string | null;
  detail: string | null;
  notes: readonly { seen: string; taken: string }[];
  body: unknown;
  traceId: string | null;
};

/** `traceId` is null when nobody traced the request: then its id is the trace too. */
export type NewRequest = RequestRecord & { directoryId: string };

/** The trace of a request that began its own: its id without the dashes. Kept once, it is in one index instead of two. */
const ownTrace = sql<string>`replace(id::text, '-', '')`;

// As one JSON text: half the work of a list for every column, and the rows arrive in one statement all the same.
const INSERT_REQUESTS: NamedStatement<never> = {
  name: "insert-requests",
  text: `
insert into requests (tenant_id, directory_id, id, at, method, path, status, duration_ms, client, actor, resource_id,
  scim_type, detail, notes, body, trace_id)
select $1::uuid, r."directoryId", r.id, r.at, r.method, r.path, r.status, r."durationMs", r.client, r.actor, r."resourceId",
  r."scimType", r.detail, r.notes, r.body, r."traceId"
from json_to_recordset($2::json) as r("directoryId" uuid, id uuid, at timestamptz, method text, path text, status integer,
  "durationMs" real, client text, actor text, "resourceId" text, "scimType" text, detail text, notes jsonb, body jsonb,
  "traceId" text)`,
};

/**
 * Keeps requests of several tenants, a statement each, in one transaction that does not wait for the disk: all or none. A
 * body that is undefined or null is not kept.
 */
export async function insertRequests(
  db: Database,
  batches: readonly { tenantId: TenantId; requests: readonly NewRequest[] }[],
): Promise<void> {
  const calls = batches.map(({ tenantId, requests }) => ({ tenantId, values: [tenantId, JSON.stringify(requests)] }));
  await inEachTenant(db, INSERT_REQUESTS, calls, { mayBeLost: true });
}

export type RequestFilter = {
  status?: { from: number; to: number } | undefined;
  method?: string | undefined;
  client?: string | undefined;
  resourceId?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  hasNotes?: boolean | undefined;
  traceId?: string | undefined;
};

/** Lists the requests to a directory, newest first; `before` is the id of the last one already seen. */
export async function listRequests(
  tx: Statements,
  tenantId: TenantId,
  page: RequestFilter & { directoryId: string; before?: string | undefined; limit: number },
): Promise<RequestRecord[]> {
  let query = selectRequests(tx, tenantId, page.directoryId).orderBy("id", "desc").limit(page.limit);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  if (page.status !== undefined)
    query = query.where("status", ">=", page.status.from).where("status", "<=", page.status.to);
  if (page.method !== undefined) query = query.where("method", "=", page.method);
  if (page.client !== undefined) query = query.where("client", "=", page.client);
  if (page.resourceId !== undefined) query = query.where("resource_id", "=", page.resourceId);
  // Ids grow with time, so a time narrows the range of the key that is read.
  if (page.since !== undefined) query = query.where("id", ">=", firstIdOf(page.since)).where("at", ">=", page.since);
  if (page.until !== undefined) query = query.where("at", "<", page.until).where("id", "<", firstIdOf(page.until));
  const { traceId } = page;
  if (traceId !== undefined)
    query = query.where((is) =>
      is.or([is("trace_id", "=", traceId), is.and([is("id", "=", traceId), is("trace_id", "is", null)])]),
    );
  if (page.hasNotes !== undefined)
    query = query.where(page.hasNotes ? sql<boolean>`notes <> '[]'` : sql<boolean>`notes = '[]'`);
  return await tx.run(query);
}

/** Reads one request; undefined when there is none, or none any more. */
export async function getRequest(
  tx: Statements,
  tenantId: TenantId,
  wanted: { directoryId: string; id: string },
): Promise<RequestRecord | undefined> {
  const [row] = await tx.run(selectRequests(tx, tenantId, wanted.directoryId).where("id", "=", wanted.id));
  return row;
}

function selectRequests(tx: Statements, tenantId: TenantId, directoryId: string) {
  return tx.sql
    .selectFrom("requests")
    .select([
      "id",
      "at",
      "method",
      "path",
      "status",
      "duration_ms as durationMs",
      "client",
      "actor",
      "resource_id as resourceId",
      "scim_type as scimType",
      "detail",
      "notes",
      "body",
      sql<string>`coalesce(trace_id, ${ownTrace})`.as("traceId"),
    ])
    .where("tenant_id", "=", tenantId)
    .where("directory_id", "=", directoryId);
}

export type DialectSummary = {
  client: string;
  requests: number;
  errors: number;
  firstSeenAt: Date;
  lastSeenAt: Date;
  notes: { seen: string; taken: string; count: number }[];
};

/** Newest requests that a summary reads: about a second of work, some days of a large directory. */
const SUMMARY_REQUESTS = 50_000;
const SUMMARY_CLIENTS = 50;
const SUMMARY_NOTES = 100;

const SUMMARISE: NamedStatement<DialectSummary & { read: number }> = {
  name: "summarise-dialects",
  text: `
with newest as (
  select client, status, at, notes from requests
  where tenant_id = $1 and directory_id = $2 and id >= $3 order by id desc limit $4
), noted as (
  select n.client, note ->> 'seen' as seen, note ->> 'taken' as taken, count(*) as times
  from newest n cross join lateral jsonb_array_elements(n.notes) note where n.notes <> '[]' group by 1, 2, 3
), ranked as (
  select *, row_number() over (partition by client order by times desc, seen, taken) as place from noted
)
select n.client, count(*) as requests, count(*) filter (where n.status >= 400) as errors, min(n.at) as "firstSeenAt",
  max(n.at) as "lastSeenAt", (select count(*) from newest) as read,
  coalesce((
    select json_agg(json_build_object('seen', r.seen, 'taken', r.taken, 'count', r.times) order by r.place)
    from ranked r where r.client = n.client and r.place <= $6), '[]') as notes
from newest n group by n.client order by max(n.at) desc limit $5`,
};

/**
 * Sums up who spoke to a directory since a moment, and in which dialect. It reads the newest 50,000 requests at most;
 * `isComplete` tells whether those were all.
 */
export async function summariseDialects(
  tx: Statements,
  tenantId: TenantId,
  wanted: { directoryId: string; since: Date },
): Promise<{ isComplete: boolean; dialects: DialectSummary[] }> {
  const since = firstIdOf(wanted.since);
  const limits = [SUMMARY_REQUESTS, SUMMARY_CLIENTS, SUMMARY_NOTES];
  const rows = await tx.named(SUMMARISE, [tenantId, wanted.directoryId, since, ...limits]);
  return {
    isComplete: (rows[0]?.read ?? 0) < SUMMARY_REQUESTS,
    dialects: rows.map(({ read: _read, ...dialect }) => dialect),
  };
}

// What another worker is deleting is left to it. The boundary is the smallest id of its time, by the database's clock.
const PURGE_REQUESTS: NamedStatement<{ id: string }> = {
  name: "purge-requests",
  text: `
with old as (
  select r.id from requests r where r.tenant_id = $1 and r.directory_id = $2 and r.id < (
    select ${firstIdOfDaysAgo("d.request_log_days")} from directories d where d.tenant_id = $1 and d.id = $2)
  order by r.id limit $3 for update of r skip locked
)
delete from requests where tenant_id = $1 and directory_id = $2 and id = any(array(select id from old)) returning id`,
};

/** Deletes a directory's oldest requests that are older than it keeps them, `limit` at most; returns how many. */
export async function purgeRequests(db: Database, key: DirectoryKey, limit: number): Promise<number> {
  const values = [key.tenantId, key.directoryId, limit];
  const rows = await inTenant(db, key.tenantId, (tx) => tx.last.named(PURGE_REQUESTS, values));
  return rows.length;
}
