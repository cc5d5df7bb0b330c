import type { TenantId } from "./column-types.ts";
import type { NamedStatement, Statements } from "./database.ts";
import type { StoredEdit } from "./plan-tables.ts";
import { toTraceId } from "./trace-id.ts";

/** What decided a connection's accounts from a moment on. */
export type PolicyVersion = {
  id: string;
  /** Counted from 1 for each connection. */
  number: number;
  at: Date;
  actor: string;
  cause: string;
  traceId: string | null;
  policy: Required<StoredEdit>;
  /** It applied to chosen people only. */
  staged: boolean;
};

const LOCK: NamedStatement<{ versions: number }> = {
  name: "lock-policy",
  text: `
select coalesce((select max(number) from policy_versions where tenant_id = $1 and connection_id = $2), 0) as versions
from connections where tenant_id = $1 and id = $2 for no key update`,
};

/** Keeps other edits of a connection's policy waiting until this transaction ends; answers the number of its latest version, 0 for none. */
export async function lockPolicy(tx: Statements, tenantId: TenantId, connectionId: string): Promise<number> {
  const [row] = await tx.named(LOCK, [tenantId, connectionId]);
  return row?.versions ?? 0;
}

/** How many versions a connection keeps. */
const KEPT = 200;

const INSERT: NamedStatement<{ number: number }> = {
  name: "insert-policy-version",
  text: `
with latest as (
  select number, policy, staged from policy_versions where tenant_id = $1 and connection_id = $2 order by number desc limit 1
), forgotten as (
  delete from policy_versions where tenant_id = $1 and connection_id = $2 and number <= (select number from latest) - ${KEPT - 1}
)
insert into policy_versions (tenant_id, connection_id, id, number, actor, cause, policy, staged)
select $1, $2, $6, coalesce((select number from latest), 0) + 1, $3, $4, $5::jsonb, $7
where $7 or not exists (select 1 from latest where policy = $5::jsonb and not staged) returning number`,
};

export type NewPolicyVersion = Pick<PolicyVersion, "id" | "actor" | "cause" | "policy" | "staged"> & {
  connectionId: string;
};

/**
 * Keeps the policy as a version, unless it is everybody's already; answers its number, undefined for none. The caller holds
 * `lockPolicy`.
 */
export async function insertPolicyVersion(
  tx: Statements,
  tenantId: TenantId,
  version: NewPolicyVersion,
): Promise<number | undefined> {
  const { connectionId, id, actor, cause, policy, staged } = version;
  const [row] = await tx.named(INSERT, [tenantId, connectionId, actor, cause, JSON.stringify(policy), id, staged]);
  return row?.number;
}

const versionsOf = (tx: Statements, tenantId: TenantId, connectionId: string) =>
  tx.sql
    .selectFrom("policy_versions")
    .select(["id", "number", "at", "actor", "cause", "trace_id as traceId", "policy", "staged"])
    .where("tenant_id", "=", tenantId)
    .where("connection_id", "=", connectionId);

const toVersion = (row: PolicyVersion): PolicyVersion => ({ ...row, traceId: toTraceId(row.traceId) });

/** Lists versions, newest first; `before` is the id of the last one already seen. */
export async function listPolicyVersions(
  tx: Statements,
  tenantId: TenantId,
  page: { connectionId: string; before: string | undefined; limit: number },
): Promise<PolicyVersion[]> {
  let query = versionsOf(tx, tenantId, page.connectionId).orderBy("number", "desc").limit(page.limit);
  const { before } = page;
  if (before !== undefined)
    query = query.where("number", "<", (where) =>
      where
        .selectFrom("policy_versions as seen")
        .select("seen.number")
        .where("seen.tenant_id", "=", tenantId)
        .where("seen.connection_id", "=", page.connectionId)
        .where("seen.id", "=", before),
    );
  return (await tx.run(query)).map(toVersion);
}

/** Reads the version before one of these that applied to everybody, undefined for the first. */
export async function getVersionBefore(
  tx: Statements,
  tenantId: TenantId,
  version: { connectionId: string; number: number },
): Promise<PolicyVersion | undefined> {
  const earlier = versionsOf(tx, tenantId, version.connectionId)
    .where("number", "<", version.number)
    .where("staged", "=", false);
  const [row] = await tx.run(earlier.orderBy("number", "desc").limit(1));
  return row === undefined ? undefined : toVersion(row);
}

/** Reads one version of a connection's policy. */
export async function getPolicyVersion(
  tx: Statements,
  tenantId: TenantId,
  key: { connectionId: string; versionId: string },
): Promise<PolicyVersion | undefined> {
  const [row] = await tx.run(versionsOf(tx, tenantId, key.connectionId).where("id", "=", key.versionId));
  return row === undefined ? undefined : toVersion(row);
}
