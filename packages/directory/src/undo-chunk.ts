import {
  bindGroup,
  changeMembers,
  findGroups,
  findPeople,
  lockGroup,
  lockPeople,
  returnGroup,
  returnPeople,
  type Settled,
  type Tx,
  type UndoChunk,
  type UndoRecord,
  updateUsers,
} from "@muster/store";
import { moveMembers } from "./groups.ts";
import type { DirectoryScope } from "./scope.ts";

/**
 * Does a chunk of an undo by the writes that every other change of a directory goes through, and tells what became of each
 * thing. What the identity provider did since the preview is looked at again: it may have done it itself, or stand in the way.
 */
export async function undoChunk(tx: Tx, scope: DirectoryScope, undo: UndoRecord, chunk: UndoChunk): Promise<Settled[]> {
  switch (chunk.change) {
    case "returnGroup":
      return await returnGroups(tx, scope, chunk.groupIds);
    case "returnPerson": {
      const key = { ...scope, undoId: undo.id };
      const { returned } = await returnPeople(tx, key, undo, { userIds: chunk.subjectIds, actor: scope.actor });
      return settle(chunk, (id) => (returned.has(id) ? null : "Another person has their userName or externalId now"));
    }
    case "activate":
    case "deactivate":
      return await setActive(tx, scope, chunk, chunk.change === "activate");
    case "addMember":
    case "addNested":
    case "removeMember":
    case "removeNested":
      return await moveIn(tx, scope, chunk);
  }
}

async function returnGroups(tx: Tx, scope: DirectoryScope, groupIds: readonly string[]): Promise<Settled[]> {
  const { tenantId, directoryId, actor } = scope;
  const settled: Settled[] = [];
  for (const id of groupIds) {
    const back = await returnGroup(tx, tenantId, { directoryId, id, actor });
    if (back !== undefined) {
      // Bound first, as a group that is made: its people are marked in the connections that waited for its name.
      await bindGroup(tx, tenantId, back.record);
      const change = { replaceAll: false, add: back.parked, remove: [] };
      const moved = await changeMembers(tx, tenantId, back.record, change, { actor, write: false });
      await moveMembers(tx, scope, back.record, moved);
    }
    const reason = back === undefined ? "Another group has this displayName now, or it is there already" : null;
    settled.push({ groupId: id, subjectId: NOBODY, reason });
  }
  return settled;
}

async function setActive(tx: Tx, scope: DirectoryScope, chunk: UndoChunk, active: boolean): Promise<Settled[]> {
  const { tenantId, directoryId, actor, traceId } = scope;
  const people = await lockPeople(tx, tenantId, { directoryId, ids: chunk.subjectIds, externalIds: [] });
  const changes = people
    .filter(({ user }) => user.active !== active)
    .map((record) => ({ record, user: { ...record.user, active }, actor, traceId }));
  if (changes.length > 0) await updateUsers(tx, tenantId, changes);
  const found = new Set(people.map(({ id }) => id));
  return settle(chunk, (id) => (found.has(id) ? null : "The person was deleted meanwhile"));
}

/** Members of one group come or go, people or groups. */
async function moveIn(tx: Tx, scope: DirectoryScope, chunk: UndoChunk): Promise<Settled[]> {
  const { tenantId, directoryId, actor } = scope;
  const { subjectIds, change } = chunk;
  const group = await lockGroup(tx, tenantId, directoryId, chunk.groupIds[0] ?? NOBODY);
  if (group === undefined) return settle(chunk, () => "The group is gone");
  const isComing = change === "addMember" || change === "addNested";
  // Whoever is not there must not be kept a place for.
  const there = !isComing
    ? subjectIds.map((id) => ({ id }))
    : change === "addMember"
      ? await findPeople(tx, tenantId, directoryId, { ids: subjectIds, userNames: [] })
      : await findGroups(tx, tenantId, directoryId, { ids: subjectIds, displayNames: [] });
  const ids = there.map(({ id }) => id);
  const moves = { replaceAll: false, add: isComing ? ids : [], remove: isComing ? [] : ids };
  const moved = await changeMembers(tx, tenantId, group, moves, { actor, write: true });
  await moveMembers(tx, scope, group, moved);
  const found = new Set(ids);
  return settle(chunk, (id) => (found.has(id) ? null : "They are not in the directory any more"));
}

const NOBODY = "00000000-0000-0000-0000-000000000000";

function settle({ groupIds, subjectIds }: UndoChunk, reasonOf: (id: string) => string | null): Settled[] {
  const groupId = groupIds[0] ?? NOBODY;
  return subjectIds.map((subjectId) => ({ groupId, subjectId, reason: reasonOf(subjectId) }));
}
