import type { NamedStatement, Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";
import { toTraceId } from "./trace-id.ts";

export type TimelineRecord = {
  /** Grows with time; of an attempt, its id. */
  id: string;
  at: Date;
  kind: "accepted" | "hold" | "conflict" | "approval" | "attempt";
  connectionId: string | null;
  traceId: string | null;
  actor: string | null;
  what: string;
  state: string | null;
  status: number | null;
  detail: string | null;
};

/** An id of version 7 for what has a time and an id without one. */
const keyOf = (at: string, id: string): string =>
  `(lpad(to_hex((extract(epoch from ${at}) * 1000)::bigint), 12, '0') || '7' || substr(md5(${id}), 1, 19))::uuid`;

const TIMELINE: NamedStatement<Omit<TimelineRecord, "traceId"> & { trace_id: string | null }> = {
  name: "timeline",
  text: `
select id, at, kind, connection_id as "connectionId", trace_id, actor, what, state, status, detail from (
  (select id, at, 'accepted' as kind, null::uuid as connection_id, trace_id, actor, action as what, null as state, null::integer as status, null as detail
   from audit where tenant_id = $1 and target = $2::text and id < $4 order by id desc limit $5)
  union all
  (select id, at, 'attempt', connection_id, trace_id, null, operation, decision, status, detail
   from attempts where tenant_id = $1 and user_id = $2::uuid and ($3::uuid is null or connection_id = $3) and id < $4 order by id desc limit $5)
  union all
  (select key, at, 'hold', connection_id, null, actor, cause, state, null, null from (
    select ${keyOf("h.created_at", "h.id::text")} as key, h.created_at as at, h.connection_id, h.actor, split_part(h.cause, ':', 1) as cause, p.state
    from held_removals p cross join lateral (
      select id, connection_id, created_at, actor, cause from holds where tenant_id = $1 and connection_id = p.connection_id and id = p.hold_id offset 0) h
    where p.tenant_id = $1 and p.user_id = $2::uuid and ($3::uuid is null or p.connection_id = $3)) held
   where key < $4 order by key desc limit $5)
  union all
  (select key, at, 'conflict', connection_id, null, decided_by, 'conflict', decision, null, why from (
    select ${keyOf("found_at", "connection_id::text")} as key, found_at as at, connection_id, decided_by, decision, why
    from conflicts where tenant_id = $1 and user_id = $2::uuid and ($3::uuid is null or connection_id = $3)) found
   where key < $4 order by key desc limit $5)
  union all
  (select key, at, 'approval', connection_id, null, decided_by, 'approval.' || action, state, null, null from (
    select ${keyOf("asked_at", "id::text")} as key, asked_at as at, connection_id, decided_by, action, state
    from approvals where tenant_id = $1 and user_id = $2::uuid and ($3::uuid is null or connection_id = $3)) asked
   where key < $4 order by key desc limit $5)
) merged order by id desc limit $5`,
};

/** Lists what happened about a person, in one connection or in all, newest first; `before` is the id of the last one already seen. */
export async function listTimeline(
  tx: Statements,
  tenantId: TenantId,
  page: { userId: string; connectionId: string | null; before: string | undefined; limit: number },
): Promise<TimelineRecord[]> {
  const before = page.before ?? "ffffffff-ffff-ffff-ffff-ffffffffffff";
  const rows = await tx.named(TIMELINE, [tenantId, page.userId, page.connectionId, before, page.limit]);
  return rows.map(({ trace_id, ...row }) => ({ ...row, traceId: toTraceId(trace_id) }));
}
