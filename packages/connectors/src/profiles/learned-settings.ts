import type { TargetProfile, UpdateMethod } from "./target-profile.ts";

/** What an app was found to do otherwise than its profile says; what is left out is as the profile has it. */
export type LearnedSettings = {
  users?: {
    updateBy?: readonly UpdateMethod[];
    /** Attributes that it takes and forgets. */
    drops?: readonly string[];
    /** Attributes that stay as they were made. */
    unchangeable?: readonly string[];
    keepsTypes?: boolean;
    lookups?: readonly ("externalId" | "userName" | "email")[];
    deactivate?: "inactive" | "removed";
    delete?: "removed" | "inactive" | "impossible";
  };
  groups?: {
    push?: boolean;
    rename?: boolean;
    delete?: boolean;
    updateBy?: readonly UpdateMethod[];
    memberRemoval?: "filter" | "list";
    /** The value of a PATCH of members. */
    memberForm?: "list" | "object";
    renameBy?: UpdateMethod;
    showsMembers?: boolean;
    lookups?: readonly ("externalId" | "displayName")[];
  };
  paging?: { style?: "index" | "cursor" | "none" };
};

/** What an effect means where it was found out, and no profile says it. */
const FOUND = {
  inactive: "The account stays and cannot be used, as was found out.",
  removed: "The account is removed, as was found out.",
  impossible: "This app deletes no account, as was found out.",
} as const;

/** A profile as a connection's own findings have it. */
export function applyLearned(
  profile: TargetProfile,
  { users = {}, groups = {}, paging = {} }: LearnedSettings,
): TargetProfile {
  const { deactivate, delete: deletion, unchangeable, drops, keepsTypes } = users;
  const { push, lookups, updateBy, memberForm, ...settings } = groups;
  const known = profile.users;
  return {
    ...profile,
    users: {
      ...known,
      updateBy: methods(users.updateBy) ?? known.updateBy,
      drops: drops ?? known.drops,
      keepsTypes: keepsTypes ?? known.keepsTypes,
      lookups: some(known.lookups, users.lookups),
      changeable: unchangeable === undefined ? known.changeable : { kind: "allBut", attributes: unchangeable },
      deactivate: deactivate === undefined ? known.deactivate : { effect: deactivate, meaning: FOUND[deactivate] },
      delete: deletion === undefined ? known.delete : { ...known.delete, effect: deletion, meaning: FOUND[deletion] },
    },
    groups: {
      ...profile.groups,
      ...settings,
      memberValue: memberForm ?? profile.groups.memberValue,
      ...(push === false ? { push, create: false, rename: false, delete: false } : {}),
      updateBy: methods(updateBy) ?? profile.groups.updateBy,
      lookups: some(profile.groups.lookups, lookups),
    },
    paging: { ...profile.paging, ...paging },
  };
}

function methods(given: readonly UpdateMethod[] | undefined): readonly [UpdateMethod, ...UpdateMethod[]] | undefined {
  const [first, ...more] = given ?? [];
  return first === undefined ? undefined : [first, ...more];
}

function some<K extends string>(
  known: Readonly<Partial<Record<K, string>>>,
  kept: readonly K[] | undefined,
): Readonly<Partial<Record<K, string>>> {
  if (kept === undefined) return known;
  const entries = Object.entries(known).filter(([name]) => kept.includes(name as K));
  return Object.fromEntries(entries) as Partial<Record<K, string>>;
}
