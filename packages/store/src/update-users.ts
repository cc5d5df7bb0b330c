import { type Attributes, equalJson, foldCase, type UserState } from "@muster/scim";
import type { Actor } from "./audit.ts";
import { AUDIT_COLUMNS, auditId } from "./audit.ts";
import type { NamedStatement, Statements } from "./database.ts";
import { emailKeys, pairKeys } from "./email-keys.ts";
import { MARK_CHANGED } from "./mark-person.ts";
import type { TenantId } from "./tables.ts";
import type { Marked, UserRecord } from "./users.ts";

/** What a locked user becomes. */
export type UserChange = { record: UserRecord; user: UserState; actor: Actor; traceId?: string | undefined };
export type UpdatedUsers = { rows: Map<string, { version: number; updatedAt: Date }>; marked: Marked };

type UpdatedRow = {
  id: string;
  version: number;
  updated_at: Date;
  connection_ids: string[] | null;
  removal: boolean | null;
};

/** Takes keys of e-mail addresses away and adds others. */
const MOVE_EMAILS = `unmailed as (
  delete from user_emails e where e.tenant_id = $1 and e.directory_id = any($3::uuid[]) and e.email_key = any($14::text[])
    and exists (select 1 from unnest($13::uuid[], $14::text[]) as gone(user_id, email_key) where gone.user_id = e.user_id and gone.email_key = e.email_key)
), mailed as (
  insert into user_emails (tenant_id, directory_id, email_key, user_id)
  select $1, i.directory_id, e.email_key, i.id from unnest($15::uuid[], $16::text[]) as e(user_id, email_key) join input i on i.id = e.user_id
  on conflict do nothing
),`;

// One statement for a batch of changes. Written as an insert for the reason that mark-person.ts gives: the rows are there
// and locked, so it always takes the path of the conflict. Attributes that stay as they are do not travel: JSON's null,
// which no user has, stands for them.
const updateText = (moveEmails: string): string => `
with input as (
  select * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::jsonb[], $9::boolean[], $10::uuid[], $11::text[], $12::uuid[])
    as t(id, directory_id, user_name, user_name_key, external_id, active, attributes, removal, audit_id, actor, trace_id)
), written as (
  insert into users as u (tenant_id, id, directory_id, user_name, user_name_key, external_id, active, attributes)
  select $1, id, directory_id, user_name, user_name_key, external_id, active, coalesce(attributes, 'null') from input order by id
  on conflict (tenant_id, id) do update set user_name = excluded.user_name, user_name_key = excluded.user_name_key,
    external_id = excluded.external_id, active = excluded.active,
    attributes = coalesce(nullif(excluded.attributes, 'null'), u.attributes), version = u.version + 1, updated_at = now()
  where u.deleted_at is null
  returning u.id, u.version, u.updated_at
), changed as (
  select w.id, i.removal, i.trace_id from written w join input i on i.id = w.id
), ${moveEmails} ${MARK_CHANGED}, audited as (
  insert into audit (${AUDIT_COLUMNS}, trace_id) select $1, i.audit_id, i.actor, 'user.update', w.id::text, i.trace_id from written w join input i on i.id = w.id
)
select w.id, w.version, w.updated_at, r.connection_ids, r.removal
from written w cross join (select array_agg(connection_id) as connection_ids, bool_or(removal) as removal from rung) r`;

const UPDATE_USERS: NamedStatement<UpdatedRow> = { name: "update-users", text: updateText("") };
const UPDATE_USERS_AND_EMAILS: NamedStatement<UpdatedRow> = {
  name: "update-users-and-emails",
  text: updateText(MOVE_EMAILS),
};

/** Writes the whole of several locked users of one tenant. Throws a unique violation when a userName is taken. */
export async function updateUsers(
  tx: Statements,
  tenantId: TenantId,
  changes: readonly UserChange[],
): Promise<UpdatedUsers> {
  const { values, emails } = updateValues(tenantId, changes);
  const movesEmails = emails.some((keys) => keys.length > 0);
  const rows = await (movesEmails
    ? tx.named(UPDATE_USERS_AND_EMAILS, [...values, ...emails])
    : tx.named(UPDATE_USERS, values));
  if (rows.length !== changes.length) throw new Error("A locked user cannot vanish");
  return {
    rows: new Map(rows.map((row) => [row.id, { version: row.version, updatedAt: row.updated_at }])),
    marked: { connectionIds: rows[0]?.connection_ids ?? [], removal: rows[0]?.removal ?? false },
  };
}

function updateValues(tenantId: TenantId, changes: readonly UserChange[]): { values: unknown[]; emails: string[][] } {
  const moved = changes.map(({ record, user }) => {
    const isSame = equalJson(record.user.attributes, user.attributes);
    const moves = isSame ? NO_MOVES : emailMoves(record.user.attributes, user.attributes);
    return { id: record.id, attributes: isSame ? null : JSON.stringify(user.attributes), ...moves };
  });
  const gone = pairKeys(moved.map(({ id, gone: keys }) => ({ id, keys })));
  const come = pairKeys(moved.map(({ id, come: keys }) => ({ id, keys })));
  const values = [
    tenantId,
    changes.map(({ record }) => record.id),
    changes.map(({ record }) => record.directoryId),
    changes.map(({ user }) => user.userName),
    changes.map(({ user }) => foldCase(user.userName)),
    changes.map(({ user }) => user.externalId),
    changes.map(({ user }) => user.active),
    moved.map(({ attributes }) => attributes),
    changes.map(({ record, user }) => record.user.active && !user.active),
    changes.map(() => auditId()),
    changes.map(({ actor }) => actor),
    changes.map(({ traceId }) => traceId ?? null),
  ];
  return { values, emails: [gone.userIds, gone.keys, come.userIds, come.keys] };
}

type EmailMoves = { gone: string[]; come: string[] };
const NO_MOVES: EmailMoves = { gone: [], come: [] };

/** The keys that a change takes away and adds; none for most changes, which do not touch e-mails. */
export function emailMoves(before: Attributes, after: Attributes): EmailMoves {
  if (equalJson(before["emails"] ?? null, after["emails"] ?? null)) return NO_MOVES;
  const [had, has] = [emailKeys(before), emailKeys(after)];
  return { gone: had.filter((key) => !has.includes(key)), come: has.filter((key) => !had.includes(key)) };
}
