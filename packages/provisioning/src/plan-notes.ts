import type { TargetProfile } from "@muster/connectors";
import type { ConnectionRecord } from "@muster/store";
import { appOfConnection } from "./profile-settings.ts";

type Asked = Pick<
  ConnectionRecord,
  "kind" | "targetOptions" | "profile" | "learnedProfile" | "onLeave" | "groupsMode" | "renameGroups"
>;

/**
 * Says what will not happen at a connection's app, or otherwise than elsewhere, and why.
 *
 * @param leftOut attributes of the people planned that the app does not take
 */
export function planNotes(connection: Asked, leftOut: ReadonlySet<string>): string[] {
  const profile = appOfConnection(connection);
  return [...userNotes(profile, leftOut), ...leaveNotes(profile, connection), ...groupNotes(profile, connection)];
}

function userNotes({ title, users }: TargetProfile, leftOut: ReadonlySet<string>): string[] {
  const { changeable, valuesEach, pending } = users;
  const notes: string[] = users.create
    ? []
    : [`No account is made: ${title} lets none be made, so those that it has are linked`];
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
    ...(deactivate.effect === "impossible" ? [`Nobody is made inactive: ${deactivate.meaning}`] : []),
    ...(users.reactivate ? [] : ["Whoever was made inactive is not made active again: the app has no way to"]),
    ...(users.reads ? [] : ["Nothing is confirmed: the app cannot be read back, so its answer is believed"]),
    ...(users.lists ? [] : ["Nothing is compared: the app does not say who has an account"]),
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
