import type { Attributes } from "@muster/scim";
import type { Actor } from "./audit.ts";
import { AUDIT_COLUMNS, auditId } from "./audit.ts";
import { type Database, inSystem, inTenant, type NamedStatement, type Tx } from "./database.ts";
import { emailKeys, pairKeys } from "./email-keys.ts";
import type { TenantId } from "./tables.ts";

/** A directory of a tenant, before the tenant's rows may be read. */
export type DirectoryKey = { tenantId: TenantId; directoryId: string };

const KNOWN_DIRECTORIES: NamedStatement<{ tenant_id: TenantId; directory_id: string }> = {
  name: "known-directories",
  text: `
select distinct tenant_id, directory_id from directory_tokens where ($1::uuid is null or (tenant_id, directory_id) > ($1, $2::uuid))
order by tenant_id, directory_id limit $3`,
};

/** Lists directories that ever had a token, a page after the last one seen: ids only, read before a tenant is known. */
export async function listKnownDirectories(
  db: Database,
  page: { after: DirectoryKey | undefined; limit: number },
): Promise<DirectoryKey[]> {
  const values = [page.after?.tenantId ?? null, page.after?.directoryId ?? null, page.limit];
  const rows = await inSystem(db, (tx) => tx.last.named(KNOWN_DIRECTORIES, values));
  return rows.map((row) => ({ tenantId: row.tenant_id, directoryId: row.directory_id }));
}

// An account is settled when nothing is due or under way, nothing must be read back, and what was wanted last was done. Until
// then the app may still have the person, and only this row knows it.
const UNSETTLED = `exists (
    select 1 from accounts a where a.tenant_id = $1 and a.user_id = u.id and (a.due_at is not null or a.in_flight_epoch is not null
      or a.verify or a.removal or a.state <> 'synced' or a.applied_generation < a.desired_generation))`;

// Whoever is being brought back right now is locked, and left for the next time.
const LOCK_EXPIRED: NamedStatement<{ id: string; attributes: Attributes }> = {
  name: "lock-expired-tombstones",
  text: `
select u.id, u.attributes from users u
where u.tenant_id = $1 and u.directory_id = $2
  and u.deleted_at < now() - (select tombstone_days from directories where tenant_id = $1 and id = $2) * interval '1 day'
  and not ${UNSETTLED}
order by u.deleted_at limit $3 for update skip locked`,
};

// Looked at once more under the lock: between look and lock they may have come back, or their accounts may have been marked.
const PURGE: NamedStatement<{ id: string }> = {
  name: "purge-tombstones",
  text: `
with input as (
  select * from unnest($3::uuid[], $4::uuid[]) as t(id, audit_id)
), doomed as (
  select u.id, i.audit_id from input i cross join lateral (
    select id, directory_id, deleted_at from users where tenant_id = $1 and id = i.id offset 0) u
  where u.directory_id = $2 and u.deleted_at is not null and not ${UNSETTLED}
), unmailed as (
  delete from user_emails e where e.tenant_id = $1 and e.directory_id = $2 and e.email_key = any($6::text[])
    and exists (select 1 from unnest($5::uuid[], $6::text[]) as k(user_id, email_key) where k.user_id = e.user_id and k.email_key = e.email_key)
), closed as (
  delete from accounts a where a.tenant_id = $1 and a.user_id = any(array(select id from doomed))
), left_groups as (
  delete from memberships m where m.tenant_id = $1 and m.user_id = any(array(select id from doomed))
), unparked as (
  delete from parked_members p
  where p.tenant_id = $1 and p.value = any(array(select id::text from doomed))
    and exists (select 1 from groups where tenant_id = $1 and id = p.group_id and directory_id = $2 offset 0)
), forgotten as (
  delete from attempts t where t.tenant_id = $1 and t.user_id = any(array(select id from doomed))
), unnamed as (
  -- What was removed stays provable; who it was is known by id only.
  update removals r set user_name = null, external_id = null where r.tenant_id = $1 and r.user_id = any(array(select id from doomed))
), purged as (
  delete from users u where u.tenant_id = $1 and u.id = any(array(select id from doomed)) returning u.id
), audited as (
  insert into audit (${AUDIT_COLUMNS}) select $1, d.audit_id, $7, 'user.purge', d.id::text from purged p join doomed d on d.id = p.id
)
select id from purged`,
};

/**
 * Deletes for good at most `limit` tombstones that are older than their directory keeps them and settled everywhere, with
 * their accounts, e-mail keys and attempts, one audit row each (B12). Returns how many; fewer than `limit` means that was
 * all for now.
 */
export async function purgeTombstones(
  db: Database,
  tenantId: TenantId,
  directoryId: string,
  input: { limit: number; actor: Actor },
): Promise<number> {
  return await inTenant(db, tenantId, async (tx: Tx) => {
    const expired = await tx.named(LOCK_EXPIRED, [tenantId, directoryId, input.limit]);
    if (expired.length === 0) return 0;
    const emails = pairKeys(expired.map(({ id, attributes }) => ({ id, keys: emailKeys(attributes) })));
    const ids = expired.map(({ id }) => id);
    const values = [tenantId, directoryId, ids, ids.map(() => auditId()), emails.userIds, emails.keys, input.actor];
    return (await tx.last.named(PURGE, values)).length;
  });
}
