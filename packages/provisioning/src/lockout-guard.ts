import type { DesiredAccount } from "@muster/mapping";
import { type Attributes, isAttributes } from "@muster/scim";
import type { BatchProtection, ClaimedAccount, ConnectionPolicy, Lockout } from "@muster/store";

/** Decides about the people of one batch whether a change would lock somebody out, one after the other. */
export type LockoutGuard = {
  /** Why this person's access, or one of their roles, stays in the app; null when the change may be made. */
  judge(account: ClaimedAccount, desired: DesiredAccount): Lockout | null;
};

/** The roles that the app was last seen to give, empty where it gives no access. */
export function rolesInApp({ remoteId, applied }: { remoteId: string | null; applied: Attributes | null }): string[] {
  const roles = applied?.["roles"];
  if (remoteId === null || applied === null || applied["active"] === false || !Array.isArray(roles)) return [];
  return roles.flatMap((role) => (isAttributes(role) && typeof role["value"] === "string" ? [role["value"]] : []));
}

/**
 * Nobody who is protected by name is removed or loses a role, and the last active holder of a protected role neither (X9).
 * Others of the batch count as holders until their own change was let through, so that two who both go do not each lean on
 * the other.
 */
export function createLockoutGuard(
  { protectedRoles, onLeave }: Pick<ConnectionPolicy, "protectedRoles" | "onLeave">,
  protection: BatchProtection,
  batch: readonly ClaimedAccount[],
): LockoutGuard {
  const named = new Set(protection.userIds);
  const elsewhere = new Set(protection.heldElsewhere);
  const holders = new Map(
    protectedRoles.map((role) => [
      role,
      new Set(batch.filter((account) => rolesInApp(account).includes(role)).map(({ userId }) => userId)),
    ]),
  );
  return {
    judge(account, desired) {
      const { userId, remoteId, applied } = account;
      if (remoteId === null || applied === null || applied["active"] === false) return null;
      // Whoever leaves keeps everything where accounts stay as they are.
      if (desired.kind === "absent" && onLeave === "leave") return null;
      const stays = desired.kind === "present" && desired.active;
      const wanted = new Set(stays ? desired.roles.map(({ role }) => role) : []);
      const lost = rolesInApp(account).filter((role) => !wanted.has(role));
      if (named.has(userId) && (!stays || lost.length > 0))
        return {
          userId,
          role: null,
          reason: `Kept by the lockout guard: this person is protected, and ${effect(stays, lost)}`,
        };
      const guarded = lost.filter((role) => holders.has(role));
      const last = guarded.find((role) => !elsewhere.has(role) && holders.get(role)?.size === 1);
      if (last !== undefined) {
        const reason = `Kept by the lockout guard: nobody else active has the protected role "${last}", and ${effect(stays, lost)}`;
        return { userId, role: last, reason };
      }
      for (const role of guarded) holders.get(role)?.delete(userId);
      return null;
    },
  };
}

const effect = (stays: boolean, lost: readonly string[]): string =>
  stays ? `would lose ${lost.map((role) => `"${role}"`).join(", ")}` : "would lose access";
