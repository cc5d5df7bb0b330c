import { createHash } from "node:crypto";
import { type Database, inSystem, type NamedStatement, type Statements } from "./database.ts";
import type { Role } from "./holders.ts";
import type { WorkspaceId } from "./tables.ts";

export type MemberState = "invited" | "expired" | "active" | "removed";

export type MemberView = {
  id: string;
  email: string;
  /** What the identity provider calls them; null until they signed in. */
  name: string | null;
  role: Role;
  state: MemberState;
  invitedBy: string;
  createdAt: Date;
  invitedUntil: Date;
  joinedAt: Date | null;
  seenAt: Date | null;
  removedAt: Date | null;
};

/** A person as an identity provider vouches for them: issuer and subject say who it is, and nothing else does (V81). */
export type Identity = { issuer: string; subject: string; email: string; name: string | null };

/** Who may come in: the workspace and member that an identity is, or was invited as. */
export type Admission = { workspaceId: WorkspaceId; memberId: string; isNew: boolean };

/**
 * The spelling of an address that invitations are found by. Only A to Z become small: other letters whose small form is one of
 * those, such as the Kelvin sign, are somebody else's address.
 */
export const memberEmail = (email: string): string =>
  email.trim().replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());

// One-way, since these stand outside of the workspace's wall; the length is told, so that no two pairs read alike.
const digestOf = (kind: string, ...parts: readonly string[]): Buffer =>
  createHash("sha256")
    .update([kind, ...parts.map((part) => `${part.length}:${part}`)].join("|"))
    .digest();
const emailDigest = (email: string): Buffer => digestOf("email", memberEmail(email));
const identityDigest = ({ issuer, subject }: Identity): Buffer => digestOf("identity", issuer, subject);

const STATE = `case when m.removed_at is not null then 'removed' when m.joined_at is not null then 'active'
    when m.invited_until > now() then 'invited' else 'expired' end`;

const LIST: NamedStatement<MemberView> = {
  name: "list-workspace-members",
  text: `
select m.id, p.email, p.name, m.role, ${STATE} as state, p.invited_by as "invitedBy", m.created_at as "createdAt",
  m.invited_until as "invitedUntil", m.joined_at as "joinedAt", m.seen_at as "seenAt", m.removed_at as "removedAt"
from members m join member_profiles p on p.workspace_id = m.workspace_id and p.member_id = m.id
where m.workspace_id = $1 and ($2::uuid is null or m.id = $2) and ($3::uuid is null or m.id > $3)
  and ($4::boolean is null or (m.removed_at is not null) = $4)
order by m.id limit $5`,
};

/** Lists members and invitations in the order of their ids; `removed` tells those who were removed from the others. */
export async function listWorkspaceMembers(
  tx: Statements,
  workspaceId: WorkspaceId,
  wanted: { id?: string; removed?: boolean; after?: string | undefined; limit: number },
): Promise<MemberView[]> {
  const { id = null, after = null, removed = null, limit } = wanted;
  return await tx.named(LIST, [workspaceId, id, after, removed, limit]);
}

const END_EXPIRED: NamedStatement<{ id: string }> = {
  name: "end-expired-invitations",
  text: `
update members set removed_at = now()
where workspace_id = $1 and email_digest = $2 and removed_at is null and joined_at is null and invited_until <= now()
returning id`,
};
const INSERT: NamedStatement<{ id: string }> = {
  name: "insert-workspace-member",
  text: `
insert into members (workspace_id, id, role, email_digest, invited_until)
values ($1, $2, $3, $4, now() + $5::float8 * interval '1 second')
on conflict do nothing returning id`,
};
const INSERT_PROFILE: NamedStatement<object> = {
  name: "insert-member-profile",
  text: "insert into member_profiles (workspace_id, member_id, email, invited_by) values ($1, $2, $3, $4)",
};

/**
 * Keeps an invitation for `lifetimeS` seconds, in the place of one to the address that ran out; null when the address is a
 * member's or invited already.
 */
export async function insertWorkspaceMember(
  tx: Statements,
  workspaceId: WorkspaceId,
  member: { id: string; email: string; role: Role; invitedBy: string; lifetimeS: number },
): Promise<{ replacedIds: string[] } | null> {
  const { id, email, role, invitedBy, lifetimeS } = member;
  const ended = await tx.named(END_EXPIRED, [workspaceId, emailDigest(email)]);
  const made = await tx.named(INSERT, [workspaceId, id, role, emailDigest(email), lifetimeS]);
  if (made.length === 0) return null;
  await tx.named(INSERT_PROFILE, [workspaceId, id, memberEmail(email), invitedBy]);
  return { replacedIds: ended.map((row) => row.id) };
}

type LockedMember = { id: string; role: Role; joined: boolean };

// In one order, so that two who change each other wait instead of deadlocking; the workspace's owners always among them.
const LOCK: NamedStatement<LockedMember> = {
  name: "lock-workspace-members",
  text: `
select id, role, joined_at is not null as joined from members
where workspace_id = $1 and removed_at is null and (id = $2 or role = 'owner') order by id for update`,
};

/** Locks a member and all owners until the end of the transaction; with how many others are owners and came in. */
export async function lockWorkspaceMember(
  tx: Statements,
  workspaceId: WorkspaceId,
  id: string,
): Promise<(LockedMember & { otherOwners: number }) | undefined> {
  const rows = await tx.named(LOCK, [workspaceId, id]);
  const member = rows.find((row) => row.id === id);
  if (member === undefined) return undefined;
  return { ...member, otherOwners: rows.filter((row) => row.id !== id && row.role === "owner" && row.joined).length };
}

const CHANGE: NamedStatement<object> = {
  name: "change-workspace-member",
  text: `
update members set role = coalesce($3, role), removed_at = case when $3::text is null then now() end
where workspace_id = $1 and id = $2 and removed_at is null`,
};
const END_SESSIONS: NamedStatement<object> = {
  name: "end-sessions-of-member",
  text: `
update sessions set revoked_at = now()
where workspace_id = $1 and member_id = $2 and portal_link_id is null and revoked_at is null`,
};

/** Gives a member another role, or with null takes them out; their sessions are over (D09). */
export async function changeWorkspaceMember(
  tx: Statements,
  workspaceId: WorkspaceId,
  id: string,
  role: Role | null,
): Promise<void> {
  await tx.named(CHANGE, [workspaceId, id, role]);
  await tx.named(END_SESSIONS, [workspaceId, id]);
}

const FIND: NamedStatement<{ workspace_id: WorkspaceId; id: string; is_new: boolean }> = {
  name: "find-member",
  text: `
select workspace_id, id, joined_at is null as is_new from members
where removed_at is null and (identity_digest = $1 or (email_digest = $2 and joined_at is null and invited_until > now()))
  and ($3::uuid is null or workspace_id = $3)
order by joined_at is null, seen_at desc, created_at limit 1`,
};

/**
 * Finds whom an identity may come in as, in one workspace or with null in any: the member that it is, of several the one that was
 * used last; else the oldest invitation of its address.
 */
export async function findAdmission(
  db: Database,
  identity: Identity,
  workspaceId: WorkspaceId | null,
): Promise<Admission | undefined> {
  const values = [identityDigest(identity), emailDigest(identity.email), workspaceId];
  const [row] = await inSystem(db, (tx) => tx.last.named(FIND, values));
  return row === undefined ? undefined : { workspaceId: row.workspace_id, memberId: row.id, isNew: row.is_new };
}

const ADMIT: NamedStatement<{ id: string }> = {
  name: "admit-member",
  text: `
update members set seen_at = now(), joined_at = coalesce(joined_at, now()), identity_digest = $3
where workspace_id = $1 and id = $2 and removed_at is null
  and (identity_digest = $3 or (joined_at is null and email_digest = $4 and invited_until > now()))
returning id`,
};
const NOTE_PROFILE: NamedStatement<{ hasNewEmail: boolean }> = {
  name: "note-member-profile",
  text: `
with before as (select email from member_profiles where workspace_id = $1 and member_id = $2)
update member_profiles p set name = coalesce($3, name), issuer = $4, subject = $5, email = $6 from before
where p.workspace_id = $1 and p.member_id = $2 returning before.email <> $6 as "hasNewEmail"`,
};

/**
 * Lets somebody in, ties an invitation to them, once, and notes what they are called; null when meanwhile somebody else took it up, or
 * it was withdrawn.
 */
export async function admitWorkspaceMember(
  tx: Statements,
  to: Admission,
  identity: Identity,
): Promise<{ hasNewEmail: boolean } | null> {
  const { workspaceId, memberId } = to;
  const { issuer, subject, name, email } = identity;
  const admitted = await tx.named(ADMIT, [workspaceId, memberId, identityDigest(identity), emailDigest(email)]);
  if (admitted.length === 0) return null;
  const [noted] = await tx.named(NOTE_PROFILE, [workspaceId, memberId, name, issuer, subject, memberEmail(email)]);
  return { hasNewEmail: noted?.hasNewEmail === true };
}
