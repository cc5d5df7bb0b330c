import { desiredAccount, type Person, standing } from "./desired-account.ts";
import { type PreparedPolicy, policyFor } from "./prepare-policy.ts";
import { profileRows } from "./profile-rows.ts";

/** Whether the mapping, or one that is tried out, says by itself who is active: then somebody who is in scope may be without access. */
export function mapsAccess({ policy, rollout }: Pick<PreparedPolicy, "policy" | "rollout">): boolean {
  const isOwn = rowsMapAccess(policy.mapping ?? profileRows(policy.profile ?? null));
  return isOwn || (rollout !== null && mapsAccess(rollout.prepared));
}

/** The same of rows. */
export function rowsMapAccess(rows: readonly { target: string; expression: string }[]): boolean {
  return rows.some(({ target, expression }) => target === "active" && expression.trim() !== "user.active");
}

/**
 * Whether a person should have access now, whatever the guard says of them, by scope and by mapping: `inactive` is somebody in scope whom
 * the mapping makes inactive; "unknown" keeps what they have.
 */
export function accessOf(
  person: Person,
  prepared: PreparedPolicy,
  nowMs: number,
): ReturnType<typeof standing> | "inactive" {
  const is = standing(person, prepared, nowMs);
  if (is !== "in" || !person.user.active || !mapsAccess(policyFor(prepared, person))) return is;
  // What the app has decides nothing about this row: neither may it be sent on create only, nor left uncleared.
  const desired = desiredAccount(person, prepared, { nowMs, applied: null });
  return desired.kind === "present" && !desired.active ? "inactive" : "in";
}
