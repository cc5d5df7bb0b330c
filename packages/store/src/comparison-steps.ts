import type { Attributes } from "@muster/scim";
import { sql } from "kysely";
import type { FindingRecord } from "./comparisons.ts";
import type { NamedStatement, Statements } from "./database.ts";
import type { AccountState, ComparisonState, TenantId } from "./tables.ts";

/** A running comparison, as its steps name it. */
export type ComparisonKey = { tenantId: TenantId; connectionId: string; comparisonId: string };

const MEET: NamedStatement<{ remote_id: string }> = {
  name: "meet-accounts",
  text: `
insert into comparison_seen (tenant_id, connection_id, comparison_id, remote_id)
select $1, $2, $3, remote_id from unnest($4::text[]) as met(remote_id)
on conflict do nothing returning remote_id`,
};

/** Notes which accounts the app has listed; answers those that it had not listed before in this comparison. */
export async function meetAccounts(
  tx: Statements,
  key: ComparisonKey,
  remoteIds: readonly string[],
): Promise<Set<string>> {
  const rows = await tx.named(MEET, [key.tenantId, key.connectionId, key.comparisonId, remoteIds]);
  return new Set(rows.map((row) => row.remote_id));
}

/** One of our accounts, as a comparison needs it. */
export type ComparedAccount = {
  userId: string;
  remoteId: string | null;
  remoteUserNameKey: string | null;
  state: AccountState;
  /** Work on it is outstanding. */
  due: boolean;
  applied: Attributes | null;
  /** A create was once left behind whose end nobody knows. */
  twin: boolean;
};

const COMPARED = `user_id as "userId", remote_id as "remoteId", remote_user_name_key as "remoteUserNameKey", state,
  coalesce(due_at <= now(), false) or in_flight_epoch is not null as due, applied, twin_since is not null as twin`;

const FIND_COMPARED: NamedStatement<ComparedAccount> = {
  name: "find-compared",
  text: `
select a.* from unnest($3::text[]) as wanted(remote_id) cross join lateral (
  select ${COMPARED} from accounts where tenant_id = $1 and connection_id = $2 and remote_id = wanted.remote_id offset 0) a
union all
select a.* from unnest($4::uuid[]) as wanted(user_id) cross join lateral (
  select ${COMPARED} from accounts where tenant_id = $1 and connection_id = $2 and user_id = wanted.user_id offset 0) a
union all
select a.* from unnest($5::text[]) as wanted(key) cross join lateral (
  -- As with rivals: the limit keeps this a look-up by key.
  select ${COMPARED} from accounts where tenant_id = $1 and connection_id = $2 and remote_user_name_key = wanted.key limit 10) a`,
};

/** Finds our accounts that are linked to these of the app, belong to these people, or hold these names there. */
export async function findCompared(
  tx: Statements,
  key: ComparisonKey,
  by: { remoteIds: readonly string[]; userIds: readonly string[]; nameKeys: readonly string[] },
): Promise<ComparedAccount[]> {
  return await tx.named(FIND_COMPARED, [key.tenantId, key.connectionId, by.remoteIds, by.userIds, by.nameKeys]);
}

/** Accounts looked through for one step: by index, so that nothing missing among a million stays a matter of many quick looks. */
const LOOKED_THROUGH = 2_000;

const NOT_MET: NamedStatement<{ last: string | null; unmet: ComparedAccount[] | null }> = {
  name: "not-met",
  text: `
with chunk as (
  select ${COMPARED} from accounts where tenant_id = $1 and connection_id = $2 and user_id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000')
  order by user_id limit ${LOOKED_THROUGH}
)
select (select "userId" from chunk order by "userId" desc limit 1) as last,
  (select json_agg(c order by c."userId") from chunk c where c."remoteId" is not null and not exists (
    select 1 from comparison_seen s where s.tenant_id = $1 and s.connection_id = $2 and s.comparison_id = $3 and s.remote_id = c."remoteId" offset 0)) as unmet`,
};

/** The next linked accounts that the app did not list, after a person's id; `last` is null when there are no further accounts. */
export async function findUnmet(
  tx: Statements,
  key: ComparisonKey,
  afterUserId: string | null,
): Promise<{ last: string | null; unmet: ComparedAccount[] }> {
  const [row] = await tx.named(NOT_MET, [key.tenantId, key.connectionId, key.comparisonId, afterUserId]);
  return { last: row?.last ?? null, unmet: row?.unmet ?? [] };
}

/** Where a comparison goes on; what is left out stays as it is. Counts are added to those so far. */
export type ComparisonStep = {
  next: {
    phase?: "listing" | "missing";
    nextIndex?: number;
    pageSize?: number;
    nextCursor?: string | null;
    afterUserId?: string | null;
    totalResults?: number | null;
    tries: number;
    dueInMs: number;
    state?: ComparisonState;
    reason?: string | null;
  };
  added: Partial<
    Record<
      | "listed"
      | "checked"
      | "unsettled"
      | "drifted"
      | "missing"
      | "orphans"
      | "unexpectedActive"
      | "duplicates"
      | "repairs",
      number
    >
  >;
};

/** Moves a running comparison on. Call it in the transaction that holds the lane's lock. */
export async function advanceComparison(tx: Statements, key: ComparisonKey, step: ComparisonStep): Promise<void> {
  const { next, added } = step;
  const plus = (column: string, value: number | undefined) => sql<number>`${sql.ref(column)} + ${value ?? 0}`;
  const ended = next.state !== undefined && next.state !== "running";
  await tx.run(
    tx.sql
      .updateTable("comparisons")
      .set({
        ...(next.phase === undefined ? {} : { phase: next.phase }),
        ...(next.nextIndex === undefined ? {} : { next_index: next.nextIndex }),
        ...(next.pageSize === undefined ? {} : { page_size: next.pageSize }),
        ...(next.nextCursor === undefined ? {} : { next_cursor: next.nextCursor }),
        ...(next.afterUserId === undefined ? {} : { after_user_id: next.afterUserId }),
        ...(next.totalResults === undefined ? {} : { total_results: next.totalResults }),
        ...(next.state === undefined ? {} : { state: next.state }),
        ...(next.reason === undefined ? {} : { reason: next.reason }),
        ...(ended ? { finished_at: sql<Date>`now()` } : {}),
        tries: next.tries,
        due_at: sql<Date>`now() + ${next.dueInMs}::float8 * interval '1 millisecond'`,
        listed: plus("listed", added.listed),
        checked: plus("checked", added.checked),
        unsettled: plus("unsettled", added.unsettled),
        drifted: plus("drifted", added.drifted),
        missing: plus("missing", added.missing),
        orphans: plus("orphans", added.orphans),
        unexpected_active: plus("unexpected_active", added.unexpectedActive),
        duplicates: plus("duplicates", added.duplicates),
        repairs: plus("repairs", added.repairs),
        updated_at: sql<Date>`now()`,
      })
      .where("tenant_id", "=", key.tenantId)
      .where("connection_id", "=", key.connectionId)
      .where("id", "=", key.comparisonId),
  );
  if (ended)
    await tx.run(
      tx.sql
        .deleteFrom("comparison_seen")
        .where("tenant_id", "=", key.tenantId)
        .where("connection_id", "=", key.connectionId)
        .where("comparison_id", "=", key.comparisonId),
    );
}

/** Keeps what a step found. */
export async function insertFindings(
  tx: Statements,
  key: ComparisonKey,
  findings: readonly FindingRecord[],
): Promise<void> {
  if (findings.length === 0) return;
  await tx.run(
    tx.sql.insertInto("comparison_findings").values(
      findings.map((finding) => ({
        tenant_id: key.tenantId,
        connection_id: key.connectionId,
        comparison_id: key.comparisonId,
        id: finding.id,
        kind: finding.kind,
        user_id: finding.userId,
        remote_id: finding.remoteId,
        user_name: finding.userName,
        attributes: JSON.stringify(finding.attributes),
        repair: finding.repair,
      })),
    ),
  );
}

const DOUBT: NamedStatement<{ user_id: string }> = {
  name: "doubt-accounts",
  text: `
with doubted as (
  select user_id, removal, twin from unnest($3::uuid[], $4::boolean[], $5::boolean[]) as d(user_id, removal, twin)
), locked as (
  select user_id from accounts where tenant_id = $1 and connection_id = $2 and user_id = any($3) order by user_id for update
)
update accounts a set verify = true, desired_generation = a.desired_generation + 1, due_at = now(), state = 'pending', trace_id = null,
  removal = a.removal or d.removal, twin_since = case when d.twin then now() else a.twin_since end
from doubted d where a.tenant_id = $1 and a.connection_id = $2 and a.user_id = any(array(select user_id from locked)) and a.user_id = d.user_id
returning a.user_id`,
};

/** Makes accounts due and in doubt, so that the usual way reads them back and mends them; `twin` looks for second ones too. */
export async function doubtAccounts(
  tx: Statements,
  key: Pick<ComparisonKey, "tenantId" | "connectionId">,
  accounts: readonly { userId: string; removal: boolean; twin: boolean }[],
): Promise<number> {
  if (accounts.length === 0) return 0;
  const userIds = accounts.map((account) => account.userId);
  const removals = accounts.map((account) => account.removal);
  const twins = accounts.map((account) => account.twin);
  return (await tx.named(DOUBT, [key.tenantId, key.connectionId, userIds, removals, twins])).length;
}
