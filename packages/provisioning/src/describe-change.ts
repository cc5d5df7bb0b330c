import type { DesiredAccount } from "@muster/mapping";
import { equalJson } from "@muster/scim";
import type { ChangeDetail, ChangeKind } from "@muster/store";

/** What an edit does to one person's account. */
export type Change = { kind: ChangeKind } & ChangeDetail;

/** Says how an account that should be differs from what it should have been; null when nothing does. */
export function describeChange(before: DesiredAccount, after: DesiredAccount): Change | null {
  const [had, has] = [hasAccess(before), hasAccess(after)];
  const rolesBefore = had ? rolesOf(before) : [];
  const rolesAfter = has ? rolesOf(after) : [];
  if (had !== has) return { kind: has ? "gains" : "loses", rolesBefore, rolesAfter, attributes: [] };
  const attributes = differences(before, after);
  const rolesDiffer = !equalJson(rolesBefore, rolesAfter) || attributes.includes("roles");
  const others = attributes.filter((name) => name !== "roles");
  if (!rolesDiffer && others.length === 0) return null;
  return { kind: has && rolesDiffer ? "roles" : "attributes", rolesBefore, rolesAfter, attributes: others };
}

/** Whether somebody is to be able to sign in to the app. */
export function hasAccess(desired: DesiredAccount): boolean {
  return desired.kind === "present" && desired.active;
}

const rolesOf = (desired: DesiredAccount): string[] =>
  desired.kind === "present" ? desired.roles.map(({ role }) => role) : [];

/** An inactive account and none at all are the same to whoever asks what changes. */
function differences(before: DesiredAccount, after: DesiredAccount): string[] {
  if (before.kind === "absent" || after.kind === "absent") return [];
  const names = new Set([...Object.keys(before.payload), ...Object.keys(after.payload)]);
  // The list of schemas follows from the values.
  names.delete("schemas");
  return [...names].filter((name) => !equalJson(before.payload[name] ?? null, after.payload[name] ?? null)).sort();
}
