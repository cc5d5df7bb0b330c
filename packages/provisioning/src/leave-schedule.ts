const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * How many milliseconds are left until a leaver's account is to be deleted; 0 when that is due, null when it never is.
 *
 * @param leftForMs milliseconds since the person was first found to have left; null at that very moment
 */
export function deletionDueMs(
  policy: { onLeave: "deactivate" | "delete" | "leave"; deleteAfterDays: number | null },
  leftForMs: number | null,
): number | null {
  if (policy.onLeave !== "delete") return null;
  return Math.max(0, (policy.deleteAfterDays ?? 0) * DAY_MS - (leftForMs ?? 0));
}
