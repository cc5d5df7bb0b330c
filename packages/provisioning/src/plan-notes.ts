import { profileOf, type TargetProfile } from "@muster/connectors";
import type { ConnectionRecord } from "@muster/store";

type Asked = Pick<ConnectionRecord, "profile" | "learnedProfile" | "onLeave" | "groupsMode" | "renameGroups">;

/**
 * Says what will not happen at a connection's app, or otherwise than elsewhere, and why.
 *
 * @param leftOut attributes of the people planned that the app does not take
 */
export function planNotes(connection: Asked, leftOut: ReadonlySet<string>): string[] {
  const profile = profileOf(connection.profile, connection.learnedProfile?.settings);
  return [...userNotes(profile, leftOut), ...leaveNotes(profile, connection), ...groupNotes(profile, connection)];
}

function userNotes({ title, users }: TargetProfile, leftOut: ReadonlySet<string>): string[] {
  const { changeable, valuesEach, pending } = users;
  const notes: string[] = [];
  if (leftOut.size > 0)
    notes.push(`Left out, because ${title} does not take them: ${[...leftOut].toSorted().join(", ")}`);
  if (changeable.kind === "only")
    notes.push(`Of an account that is made ${title} changes only ${["active", ...changeable.attributes].join(", ")}`);
  if (changeable.kind === "allBut")
    notes.push(`Of an account that is made ${title} does not change ${changeable.attributes.join(", ")}`);
  if (valuesEach !== null)
    notes.push(`Of a list such as emails ${title} is sent at most ${valuesEach}, the primary one first`);
  if (pending !== null) notes.push(pending);
  return notes;
}

function leaveNotes({ users }: TargetProfile, { onLeave }: Asked): string[] {
  const { deactivate, delete: deletion } = users;
  if (onLeave === "leave") return [];
  const isUsual = deletion.effect === "removed" && deletion.recreate === true;
  return [
    ...(deactivate.effect === "removed" ? [`Who is made inactive: ${deactivate.meaning}`] : []),
    ...(onLeave === "delete" && !isUsual ? [`Who is deleted: ${deletion.meaning}`] : []),
  ];
}

function groupNotes({ title, groups, notes }: TargetProfile, { groupsMode, renameGroups }: Asked): string[] {
  if (!groups.push) return [`No groups are pushed: ${notes[0] ?? `${title} takes none`}`];
  if (groupsMode === "none") return [];
  return [
    ...(groups.create ? [] : [`No group is made: ${title} lets none be made, so those of the same name are adopted`]),
    ...(groups.delete
      ? []
      : [`No group is deleted: ${title} lets none be deleted, so your people are taken out of it`]),
    ...(groups.rename && renameGroups
      ? []
      : [`No group is renamed: a new one is made, the members move, and the old one is deleted`]),
  ];
}
