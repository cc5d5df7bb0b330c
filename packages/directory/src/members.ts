import { Refusal, uuidV7 } from "@muster/runtime";
import {
  type Admission,
  admitWorkspaceMember,
  changeWorkspaceMember,
  type Database,
  type Identity,
  insertWorkspaceAudit,
  insertWorkspaceMember,
  inWorkspace,
  listWorkspaceMembers,
  lockWorkspaceMember,
  type MemberView,
  type Role,
  type Tx,
  type WorkspaceId,
} from "@muster/store";
import type { WorkspaceScope } from "./onboarding.ts";

type Deps = { db: Database };

/**
 * Invites somebody into the workspace: whoever signs in with this address, verified, within `lifetimeS` seconds is the member, once.
 *
 * @throws {Refusal} "conflict" when the address is a member's already, or invited
 */
export async function inviteMember(
  { db }: Deps,
  { workspaceId, actor }: WorkspaceScope,
  input: { email: string; role: Role; lifetimeS: number },
): Promise<MemberView> {
  const id = uuidV7();
  return await inWorkspace(db, workspaceId, async (tx) => {
    const made = await insertWorkspaceMember(tx, workspaceId, { ...input, id, invitedBy: actor });
    if (made === null)
      throw new Refusal("conflict", "email: this address is a member's, or invited; change or remove that one first");
    for (const target of made.replacedIds)
      await insertWorkspaceAudit(tx, workspaceId, { actor, action: "member.expire", target });
    await insertWorkspaceAudit(tx, workspaceId, { actor, action: `member.invite.${input.role}`, target: id });
    return await readMember(tx, workspaceId, id);
  });
}

/**
 * Gives a member, or an invitation, another role. Their sessions are over, so that what they may do never changes under an open page.
 *
 * @throws {Refusal} "notFound", or "conflict" for the last owner
 */
export async function changeMemberRole(
  { db }: Deps,
  { workspaceId, actor }: WorkspaceScope,
  input: { memberId: string; role: Role },
): Promise<MemberView> {
  const { memberId, role } = input;
  return await inWorkspace(db, workspaceId, async (tx) => {
    const before = await lockKnown(tx, workspaceId, memberId);
    if (before.role === role) return await readMember(tx, workspaceId, memberId);
    refuseLastOwner(before);
    await changeWorkspaceMember(tx, workspaceId, memberId, role);
    await insertWorkspaceAudit(tx, workspaceId, { actor, action: `member.role.${role}`, target: memberId });
    return await readMember(tx, workspaceId, memberId);
  });
}

/**
 * Takes a member out, or an invitation back. Their sessions and the links that they made end in every process with the commit.
 *
 * @throws {Refusal} "notFound", or "conflict" for the last owner
 */
export async function removeMember({ db }: Deps, scope: WorkspaceScope, memberId: string): Promise<void> {
  const { workspaceId, actor } = scope;
  await inWorkspace(db, workspaceId, async (tx) => {
    refuseLastOwner(await lockKnown(tx, workspaceId, memberId));
    await changeWorkspaceMember(tx, workspaceId, memberId, null);
    await insertWorkspaceAudit(tx, workspaceId, { actor, action: "member.remove", target: memberId });
  });
}

/** Lets somebody in, in the transaction that begins their session; false when that is over meanwhile. */
export async function admitMember(tx: Tx, to: Admission, identity: Identity): Promise<boolean> {
  const admitted = await admitWorkspaceMember(tx, to, identity);
  if (admitted === null) return false;
  const { workspaceId, memberId, isNew } = to;
  const note = (action: string) =>
    insertWorkspaceAudit(tx, workspaceId, { actor: `member:${memberId}`, action, target: memberId });
  if (isNew) await note("member.join");
  if (admitted.hasNewEmail) await note("member.email");
  return true;
}

async function lockKnown(tx: Tx, workspaceId: WorkspaceId, memberId: string) {
  const member = await lockWorkspaceMember(tx, workspaceId, memberId);
  if (member === undefined) throw new Refusal("notFound", `There is no member ${memberId}`);
  return member;
}

/** Somebody must be left who can let others in. An owner who never came in does not count, and may be taken back (V35). */
function refuseLastOwner(member: { role: Role; joined: boolean; otherOwners: number }): void {
  if (member.role !== "owner" || !member.joined || member.otherOwners > 0) return;
  throw new Refusal("conflict", "This is the last owner who signs in: make somebody else an owner first");
}

async function readMember(tx: Tx, workspaceId: WorkspaceId, id: string): Promise<MemberView> {
  const [member] = await listWorkspaceMembers(tx, workspaceId, { id, limit: 1 });
  if (member === undefined) throw new Error("A member that was locked or inserted must be there");
  return member;
}
