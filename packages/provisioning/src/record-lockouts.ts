import {
  type ClaimedAccount,
  type ConnectionPolicy,
  deleteNotices,
  insertNotice,
  type LaneLease,
  type Lockout,
  lookAgainAtLockouts,
  readProtection,
  recordLockouts,
  type Tx,
} from "@muster/store";
import type { AccountResult } from "./account-result.ts";
import { createLockoutGuard, type LockoutGuard, rolesInApp } from "./lockout-guard.ts";

const NOTICE = "lockout.kept";

type Batch = { policy: ConnectionPolicy; work: readonly { account: ClaimedAccount }[] };

/** Prepares the lockout guard for a batch; null where a connection protects nobody. */
export async function guardLockouts(tx: Tx, lease: LaneLease, { policy, work }: Batch): Promise<LockoutGuard | null> {
  if (!policy.guardsLockout || work.length === 0) return null;
  const accounts = work.map(({ account }) => account);
  const held = new Set(accounts.flatMap(rolesInApp));
  const protection = await readProtection(tx, lease, {
    userIds: accounts.map(({ userId }) => userId),
    roles: policy.protectedRoles.filter((role) => held.has(role)),
  });
  return createLockoutGuard(policy, protection, accounts);
}

/** Says in the account that the lockout guard keeps it as it is. */
export function noteLockout(result: AccountResult, lockout: Lockout | null): AccountResult {
  const { outcome } = result;
  if (lockout === null || !outcome.settled) return result;
  return { ...result, lockout, outcome: { ...outcome, state: "held", reason: lockout.reason } };
}

/**
 * Notes whom the guard kept, tells administrators, and has whoever was kept as the last holder of a role looked at again
 * when somebody else has got it. In the transaction that records the batch.
 */
export async function keepLockouts(
  tx: Tx,
  lease: LaneLease,
  { policy, work }: Batch,
  results: readonly AccountResult[],
): Promise<void> {
  if (!policy.guardsLockout) return;
  const kept = results.flatMap(({ lockout }) => (lockout === null || lockout === undefined ? [] : [lockout]));
  const over = results.filter((one) => one.outcome.settled && (one.lockout ?? null) === null);
  const noted = await recordLockouts(tx, lease, { kept, over: over.map(({ outcome }) => outcome.userId) });
  const subjectOf = (userId: string): string => `${lease.connectionId}/${userId}`;
  for (const userId of noted.over)
    await deleteNotices(tx, lease.tenantId, { kinds: [NOTICE], subject: subjectOf(userId) });
  for (const { userId, reason } of kept.filter((one) => noted.kept.includes(one.userId)))
    await insertNotice(tx, lease.tenantId, {
      kind: NOTICE,
      subject: subjectOf(userId),
      message: `${reason}. Give the role to somebody else, or lift the protection at /api/v1/connections/${lease.connectionId}/lockout-guard; person ${userId} is looked at again then`,
    });
  const before = new Map(work.map(({ account }) => [account.userId, rolesInApp(account)]));
  const gained = results.flatMap(({ outcome }) =>
    rolesInApp(outcome).filter((role) => before.get(outcome.userId)?.includes(role) !== true),
  );
  const roles = policy.protectedRoles.filter((role) => gained.includes(role));
  if (roles.length > 0) await lookAgainAtLockouts(tx, lease, roles);
}
