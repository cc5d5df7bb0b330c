import { findProfile, type TargetProfile, targetProfiles } from "@muster/connectors";
import { Refusal } from "@muster/runtime";
import type { ConnectionRecord, MatchAttribute } from "@muster/store";

/** The settings about which a profile has something to say, as they are stored. */
type ProfileColumns = Pick<
  ConnectionRecord,
  "updateMethod" | "maxInFlight" | "ratePerSecond" | "adoptionMatch" | "renameGroups" | "memberChunk"
>;

/** By what an account is looked up unless a connection says otherwise. */
const USUAL_MATCH: readonly MatchAttribute[] = ["externalId", "userName"];

/** What a connection to this app begins with where its request says nothing. */
export function profileColumns({ users, groups, limits }: TargetProfile): ProfileColumns {
  return {
    updateMethod: users.updateBy[0],
    maxInFlight: limits.maxInFlight,
    ratePerSecond: limits.ratePerSecond,
    adoptionMatch: USUAL_MATCH.filter((attribute) => users.lookups[attribute] !== undefined),
    // Of an app without groups nothing is said.
    renameGroups: groups.rename || !groups.push,
    memberChunk: groups.memberChunk,
  };
}

/** The profile that a request names; refuses one that does not exist. */
export function requireProfile(key: string | null): TargetProfile {
  const profile = findProfile(key ?? "generic");
  if (profile !== undefined) return profile;
  const known = targetProfiles.map((one) => one.key).join(", ");
  throw new Refusal("invalid", `profile: there is no "${key ?? ""}"; known are ${known}`);
}

type Judged = Omit<ProfileColumns, "maxInFlight" | "ratePerSecond"> & Pick<ConnectionRecord, "groupsMode" | "onLeave">;

/** Refuses settings that the app cannot fulfil, before anything of them is stored. */
export function refuseImpossible(profile: TargetProfile, settings: Judged): void {
  const problem = impossible(profile, settings);
  if (problem !== null) throw new Refusal("invalid", problem);
}

function impossible({ title, users, groups, notes }: TargetProfile, settings: Judged): string | null {
  const { updateMethod, groupsMode, onLeave, adoptionMatch, memberChunk, renameGroups } = settings;
  if (!users.updateBy.includes(updateMethod))
    return `settings.updateMethod: ${title} does not take ${updateMethod.toUpperCase()} for users: use "${users.updateBy.join('" or "')}"`;
  if (onLeave === "delete" && users.delete.effect === "impossible")
    return `settings.onLeave: ${users.delete.meaning} Use "deactivate" or "leave"`;
  const unknown = adoptionMatch.find((attribute) => users.lookups[attribute] === undefined);
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
