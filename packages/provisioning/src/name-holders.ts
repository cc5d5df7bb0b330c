import { desiredAccount, type PreparedPolicy, policyFor } from "@muster/mapping";
import { type Attributes, foldCase } from "@muster/scim";
import type { PersonInput, Rival } from "@muster/store";
import type { NamesThere } from "./account-result.ts";
import { primaryEmail } from "./find-accounts.ts";

type Claim = { person: PersonInput; prepared: PreparedPolicy; nowMs: number; applied: Attributes | null };

/** The user names that a person may need in the app, folded, the best first; none for somebody who needs none. */
export function wantedNames({ person, prepared, nowMs, applied }: Claim): string[] {
  if (person.deleted) return [];
  if (policyFor(prepared, person).mapping === null) return [foldCase(person.user.userName)];
  const desired = desiredAccount(person, prepared, { nowMs, applied, keepsAccess: true });
  if (desired.kind === "absent") return [];
  const choice = desired.candidates.find(({ target }) => target === "userName");
  const names = choice?.values ?? [desired.payload["userName"]];
  return names.flatMap((name) => (typeof name === "string" ? [foldCase(name)] : []));
}

/** More than these are not looked up for one person. */
const MOST_NAMES = 5;

/**
 * What the account of somebody who leaves would be called in the app, were they still in scope. What they were when it was sent is not
 * known any more, so their own name is among the names.
 */
export function namesOfLeaver({ person, prepared, nowMs }: Omit<Claim, "applied">): NamesThere {
  const own = person.user.userName;
  const desired = desiredAccount({ ...person, deleted: false }, prepared, { nowMs, applied: null, keepsAccess: true });
  // Nobody who is not deleted is absent while access is kept, but for a condition that cannot be read.
  if (desired.kind === "absent") return { userNames: [own], email: null };
  const choice = desired.candidates.find(({ target }) => target === "userName");
  const mapped = choice?.values ?? [desired.payload["userName"]];
  const names = [...mapped.slice(0, MOST_NAMES), own].filter((name) => typeof name === "string");
  return { userNames: [...new Set(names)], email: primaryEmail(desired.payload) };
}

export type NameClaim = {
  /** Somebody of ours who has the name that the person needs. */
  holder: Rival | null;
  /** Names that somebody else of ours has, where there are others to choose from. */
  taken: ReadonlySet<string>;
};

/** Who of ours has the names that a person may need. What somebody left behind who was deleted is not taken, but can be taken over. */
export function claimName(userId: string, names: readonly string[], rivals: readonly Rival[]): NameClaim {
  const others = rivals.filter((rival) => rival.userId !== userId && names.includes(rival.userNameKey));
  const [only] = names;
  if (names.length <= 1)
    return { holder: others.find(({ userNameKey }) => userNameKey === only) ?? null, taken: new Set() };
  const taken = new Set(others.filter((rival) => !rival.deleted).map((rival) => rival.userNameKey));
  const first = names.find((name) => !taken.has(name));
  return { holder: others.find(({ userNameKey }) => userNameKey === first) ?? null, taken };
}
