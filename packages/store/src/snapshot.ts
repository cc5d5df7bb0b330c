import type { Attributes } from "@muster/scim";
import { type Database, inSnapshot, type NamedStatement, type Statements } from "./database.ts";
import type { EventPosition } from "./events.ts";
import type { TenantId } from "./tables.ts";

/** A tenant's people, groups and memberships at one moment, in this order; `position` is where the events go on. */
export type SnapshotPart =
  | { kind: "position"; position: EventPosition }
  | { kind: "users"; users: SnapshotResource[] }
  | { kind: "groups"; groups: SnapshotResource[] }
  | { kind: "memberships"; memberships: SnapshotMembership[] };

export type SnapshotResource = { id: string; directoryId: string; resource: Attributes };
export type SnapshotMembership = { groupId: string; userId: string };

/** `unready` while a transaction from before events were switched on goes on: it may change what no event will tell. */
export type SnapshotOutcome = { kind: "done" } | { kind: "off" } | { kind: "unready" };

const HEAD: NamedStatement<{ enabled: boolean; ready: boolean; snapshot: string; place: string }> = {
  name: "snapshot-head",
  text: `
select enabled, coalesce(pg_snapshot_xmin(pg_current_snapshot()) >= barrier, false) as ready,
  pg_current_snapshot()::text as snapshot, pg_snapshot_xmin(pg_current_snapshot())::text as place
from event_streams where tenant_id = $1`,
};

type ResourceRow = { id: string; directory_id: string; live: boolean; resource: Attributes };

const USERS: NamedStatement<ResourceRow> = {
  name: "snapshot-users",
  text: `
select id, directory_id, deleted_at is null as live, muster_told_user(user_name, external_id, active, attributes) as resource
from users where tenant_id = $1 and id > $2 order by id limit $3`,
};

const GROUPS: NamedStatement<ResourceRow> = {
  name: "snapshot-groups",
  text: `
select id, directory_id, true as live, muster_told_group(display_name, external_id, attributes) as resource
from groups where tenant_id = $1 and id > $2 order by id limit $3`,
};

const MEMBERSHIPS: NamedStatement<{ group_id: string; user_id: string }> = {
  name: "snapshot-memberships",
  text: `
select group_id, user_id from memberships where tenant_id = $1 and (group_id, user_id) > ($2, $3) order by group_id, user_id limit $4`,
};

const NOBODY = "00000000-0000-0000-0000-000000000000";
/** Rows of one read: what the process holds of a snapshot at any time. */
const ROWS = 500;

/**
 * Reads a tenant's people, groups and memberships as of one moment, part by part: the next is read when `take` has taken
 * the last. What the events tell after the position it begins with is exactly what is not in it.
 */
export async function readSnapshot(
  db: Database,
  tenantId: TenantId,
  take: (part: SnapshotPart) => Promise<void>,
): Promise<SnapshotOutcome> {
  return await inSnapshot(db, tenantId, async (tx) => {
    const [head] = await tx.named(HEAD, [tenantId]);
    if (head === undefined || !head.enabled) return { kind: "off" };
    if (!head.ready) return { kind: "unready" };
    await take({ kind: "position", position: { place: head.place, seq: 0, snapshot: head.snapshot } });
    await eachResource(tx, USERS, tenantId, (users) => take({ kind: "users", users }));
    await eachResource(tx, GROUPS, tenantId, (groups) => take({ kind: "groups", groups }));
    let after = { groupId: NOBODY, userId: NOBODY };
    for (;;) {
      const rows = await tx.named(MEMBERSHIPS, [tenantId, after.groupId, after.userId, ROWS]);
      const memberships = rows.map((row) => ({ groupId: row.group_id, userId: row.user_id }));
      if (memberships.length > 0) await take({ kind: "memberships", memberships });
      const last = memberships.at(-1);
      if (last === undefined || memberships.length < ROWS) return { kind: "done" };
      after = last;
    }
  });
}

async function eachResource(
  tx: Statements,
  statement: NamedStatement<ResourceRow>,
  tenantId: TenantId,
  take: (resources: SnapshotResource[]) => Promise<void>,
): Promise<void> {
  let after = NOBODY;
  for (;;) {
    const rows = await tx.named(statement, [tenantId, after, ROWS]);
    const live = rows.filter((row) => row.live);
    if (live.length > 0)
      await take(live.map((row) => ({ id: row.id, directoryId: row.directory_id, resource: row.resource })));
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS) return;
    after = last.id;
  }
}
