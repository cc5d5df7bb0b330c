import { appOf, type TargetProfile } from "@muster/connectors";
import { Refusal } from "@muster/runtime";
import type { ConnectionRecord, MatchAttribute } from "@muster/store";
import { requireKind } from "./connection-target.ts";

/** The settings about which a profile has something to say, as they are stored. */
type ProfileColumns = Pick<
  ConnectionRecord,
  "updateMethod" | "maxInFlight" | "ratePerSecond" | "adoptionMatch" | "renameGroups" | "memberChunk"
> & { compareEveryHours?: null };

/** By what an account is looked up unless a connection says otherwise. */
const USUAL_MATCH: readonly MatchAttribute[] = ["externalId", "userName"];

/** What a connection to this app begins with where its request says nothing. */
export function profileColumns({ users, groups, limits }: TargetProfile): ProfileColumns {
  const match = USUAL_MATCH.filter((attribute) => users.lookups[attribute] !== undefined);
  return {
    updateMethod: users.updateBy[0],
    maxInFlight: limits.maxInFlight,
    ratePerSecond: limits.ratePerSecond,
    // Of an app that cannot be searched at all nothing is said.
    adoptionMatch: match.length > 0 ? match : [...USUAL_MATCH],
    // Of an app without groups nothing is said.
    renameGroups: groups.rename || !groups.push,
    memberChunk: groups.memberChunk,
    // Left to the store's own default where there is something to compare.
    ...(users.lists ? {} : { compareEveryHours: null }),
  };
}

/**
 * The app that a request names, with what the target's own options leave of it; refuses a profile that its kind does not have. An
 * app that was learned about is as its profile says here: what a person may set is not less for it.
 */
export function requireApp(at: Pick<ConnectionRecord, "kind" | "targetOptions" | "profile">): TargetProfile {
  const { profiles, metadata } = requireKind(at.kind);
  if (at.profile === null || profiles.some(({ key }) => key === at.profile))
    return appOf({ kind: at.kind, targetOptions: at.targetOptions, profile: at.profile });
  const known = profiles.map(({ key }) => key).join(", ");
  throw new Refusal("invalid", `profile: there is no "${at.profile}" of ${metadata.title}; known are ${known}`);
}

/** What a stored connection goes by, with what was learned of its app. */
export function appOfConnection(
  connection: Pick<ConnectionRecord, "kind" | "targetOptions" | "profile" | "learnedProfile">,
): TargetProfile {
  return appOf({ ...connection, learnedProfile: connection.learnedProfile?.settings ?? null });
}

type Judged = Omit<ProfileColumns, "maxInFlight" | "ratePerSecond" | "compareEveryHours"> &
  Pick<ConnectionRecord, "groupsMode" | "onLeave"> & { compareEveryHours?: number | null };

/** Refuses settings that the app cannot fulfil, before anything of them is stored. */
export function refuseImpossible(profile: TargetProfile, settings: Judged): void {
  const problem = impossible(profile, settings);
  if (problem !== null) throw new Refusal("invalid", problem);
}

function impossible({ title, users, groups, notes }: TargetProfile, settings: Judged): string | null {
  const { updateMethod, groupsMode, onLeave, adoptionMatch, memberChunk, renameGroups, compareEveryHours } = settings;
  if (!users.updateBy.includes(updateMethod))
    return `settings.updateMethod: ${title} does not take ${updateMethod.toUpperCase()} for users: use "${users.updateBy.join('" or "')}"`;
  if (onLeave === "delete" && users.delete.effect === "impossible")
    return `settings.onLeave: ${users.delete.meaning} Use "deactivate" or "leave"`;
  if (onLeave === "deactivate" && users.deactivate.effect === "impossible")
    return `settings.onLeave: ${users.deactivate.meaning} Use "${users.delete.effect === "impossible" ? "leave" : 'delete" or "leave'}"`;
  if (!users.lists && typeof compareEveryHours === "number")
    return `settings.comparison.everyHours: ${title} does not say who has an account, so nothing is compared: use null`;
  // Where nothing can be looked up, nothing is matched.
  const unknown =
    Object.keys(users.lookups).length === 0
      ? undefined
      : adoptionMatch.find((attribute) => users.lookups[attribute] === undefined);
  if (unknown !== undefined)
    return `settings.adoption.match: ${title} cannot be searched by ${unknown}, only by ${Object.keys(users.lookups).join(", ")}`;
  if (groupsMode === "none") return null;
  if (!groups.push) return `settings.groups.mode: ${title} takes no groups: use "none". ${notes[0] ?? ""}`.trim();
  if (renameGroups && !groups.rename)
    return `settings.groups.rename: ${title} cannot rename a group: set it to false, and a new group takes the old one's place`;
  if (groups.memberLimit !== null && memberChunk > groups.memberLimit)
    return `settings.groups.memberChunk: ${title} takes at most ${groups.memberLimit} members in a request`;
  return null;
}
