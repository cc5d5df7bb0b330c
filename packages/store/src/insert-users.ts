import type { UserState } from "@muster/scim";
import { foldCase } from "@muster/scim";
import type { Actor } from "./audit.ts";
import { AUDIT_COLUMNS, auditId } from "./audit.ts";
import { type Database, inEachTenant, type NamedStatement, type Statements } from "./database.ts";
import { emailKeys, pairKeys } from "./email-keys.ts";
import type { TenantId } from "./tables.ts";

export type NewUser = { id: string; directoryId: string; user: UserState; actor: Actor; traceId?: string | undefined };
export type InsertedUser = { id: string; createdAt: Date; connectionIds: string[] };

// One statement for a batch of creates: users, their e-mails, the accounts of connections that reach everyone, lane marks and audit
// rows. A row that is missing from the answer was not inserted: its userName is taken, or its externalId names somebody
// inactive or deleted, who comes back, and nobody active. `active` tells these apart without `deleted_at`, which would
// offer the planner an index over the whole directory; a tombstone is never active.
const INSERT_USERS: NamedStatement<{ id: string; created_at: Date; connection_ids: string[] | null }> = {
  name: "insert-users",
  text: `
with input as (
  select * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::jsonb[], $9::uuid[], $10::text[], $11::uuid[])
    as t(id, directory_id, user_name, user_name_key, external_id, active, attributes, audit_id, actor, trace_id)
), fresh as (
  insert into users (tenant_id, id, directory_id, user_name, user_name_key, external_id, active, attributes)
  select $1, id, directory_id, user_name, user_name_key, external_id, active, attributes from input i
  where i.external_id is null
    or not exists (
      select 1 from users t where t.tenant_id = $1 and t.directory_id = i.directory_id and t.external_id = i.external_id and not t.active)
    or exists (
      select 1 from users l where l.tenant_id = $1 and l.directory_id = i.directory_id and l.external_id = i.external_id and l.active)
  order by directory_id, user_name_key
  on conflict do nothing
  returning id, directory_id, created_at
), mailed as (
  insert into user_emails (tenant_id, directory_id, email_key, user_id)
  select $1, f.directory_id, e.email_key, f.id from unnest($12::uuid[], $13::text[]) as e(user_id, email_key) join fresh f on f.id = e.user_id
), marked as (
  insert into accounts (tenant_id, connection_id, user_id, trace_id)
  select $1, c.id, f.id, i.trace_id from fresh f join input i on i.id = f.id join connections c on c.tenant_id = $1 and c.directory_id = f.directory_id and c.reaches_everyone
  returning connection_id
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal) select distinct $1::uuid, connection_id, false from marked returning connection_id
), audited as (
  insert into audit (${AUDIT_COLUMNS}, trace_id) select $1, i.audit_id, i.actor, 'user.create', f.id::text, i.trace_id from fresh f join input i on i.id = f.id
)
select f.id, f.created_at, (select array_agg(connection_id) from rung) as connection_ids from fresh f`,
};

/** Inserts a batch of users of one tenant in one statement; those that could not be inserted are missing from the answer. */
export async function insertUsers(
  tx: Statements,
  tenantId: TenantId,
  users: readonly NewUser[],
): Promise<InsertedUser[]> {
  return (await tx.named(INSERT_USERS, insertValues(tenantId, users))).map(toInserted);
}

/** Like `insertUsers` for several tenants, a statement each, in one transaction: all or none. */
export async function insertUsersOfTenants(
  db: Database,
  batches: readonly { tenantId: TenantId; users: readonly NewUser[] }[],
): Promise<InsertedUser[][]> {
  const calls = batches.map(({ tenantId, users }) => ({ tenantId, values: insertValues(tenantId, users) }));
  return (await inEachTenant(db, INSERT_USERS, calls)).map((rows) => rows.map(toInserted));
}

function insertValues(tenantId: TenantId, users: readonly NewUser[]): unknown[] {
  const emails = pairKeys(users.map(({ id, user }) => ({ id, keys: emailKeys(user.attributes) })));
  return [
    tenantId,
    users.map((u) => u.id),
    users.map((u) => u.directoryId),
    users.map((u) => u.user.userName),
    users.map((u) => foldCase(u.user.userName)),
    users.map((u) => u.user.externalId),
    users.map((u) => u.user.active),
    users.map((u) => JSON.stringify(u.user.attributes)),
    users.map(() => auditId()),
    users.map((u) => u.actor),
    users.map((u) => u.traceId ?? null),
    emails.userIds,
    emails.keys,
  ];
}

function toInserted(row: { id: string; created_at: Date; connection_ids: string[] | null }): InsertedUser {
  return { id: row.id, createdAt: row.created_at, connectionIds: row.connection_ids ?? [] };
}
