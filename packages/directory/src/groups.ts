import { uuidV7 } from "@muster/runtime";
import { type DialectNote, type GroupState, type MemberChange, ScimError } from "@muster/scim";
import {
  bindGroup,
  changeMembers,
  changeNesting,
  deleteGroup as deleteGroupRow,
  expandConnections,
  type GroupRecord,
  getGroup,
  insertGroup,
  inTenant,
  inTrace,
  listMembers,
  lockGroup,
  lockNesting,
  type Marked,
  type Member,
  type MemberOutcome,
  type Tx,
  updateGroup,
  violatedConstraint,
} from "@muster/store";
import { assertVersion, type ExpectedVersion } from "./change-user.ts";
import { type DirectoryDeps, type DirectoryScope, joinMarked, nothingMarked, type Written } from "./scope.ts";

/** `members` is null when the caller did not ask for them. */
export type FoundGroup = { record: GroupRecord; members: Member[] | null };

/** `notes` tells what was not taken as it was sent. */
export type ChangedGroup = FoundGroup & { notes: DialectNote[] };

/** Which group to change, from which version, and whether its members belong to the answer. */
export type GroupTarget = { id: string; expected: ExpectedVersion; answerMembers: boolean };

/** What a group becomes; `changed` speaks of the group itself, members apart. */
export type GroupChange = { group: GroupState; changed: boolean; members: MemberChange | null };

/** Reads one group of the directory, or refuses with 404; its members only when wanted. */
export async function readGroup(
  deps: DirectoryDeps,
  scope: DirectoryScope,
  wanted: { id: string; members: boolean },
): Promise<FoundGroup> {
  return await inTenant(deps.db, scope.tenantId, async (tx) => {
    const record = await getGroup(wanted.members ? tx : tx.last, scope.tenantId, scope.directoryId, wanted.id);
    if (record === undefined) throw groupNotFound(wanted.id);
    return { record, members: wanted.members ? await listMembers(tx.last, scope.tenantId, [record.id]) : null };
  });
}

/** Creates a group with its members; those that name nobody are parked. */
export async function createGroup(
  deps: DirectoryDeps,
  scope: DirectoryScope,
  input: { group: GroupState; members: readonly string[] },
): Promise<Written<ChangedGroup>> {
  const { tenantId, directoryId, actor } = scope;
  return await withGroupName(input, () =>
    inTrace(deps.db, scope, async (tx) => {
      const record = await insertGroup(tx, tenantId, { id: uuidV7(), directoryId, group: input.group, actor });
      // Bound first, so that the members' accounts are marked in the connections that waited for this name.
      await bindGroup(tx, tenantId, record);
      const change = { replaceAll: false, add: [...input.members], remove: [] };
      const moved = await changeMembers(tx, tenantId, record, change, { actor, write: false });
      const marked = await moveMembers(tx, scope, record, moved);
      const members = await listMembers(tx.last, tenantId, [record.id]);
      return { value: { record, members, notes: notesOf(record, change, moved) }, marked };
    }),
  );
}

/**
 * Changes one group under its row lock: attributes as `change` says, members as set logic. Changes of one group follow one
 * another, so that none of two parallel requests loses a member (B13, F32).
 */
export async function changeGroup(
  deps: DirectoryDeps,
  scope: DirectoryScope,
  target: GroupTarget,
  change: (current: GroupState) => GroupChange,
): Promise<Written<ChangedGroup>> {
  const { tenantId, directoryId, actor } = scope;
  const wanted: { group?: GroupState } = {};
  return await withGroupName(wanted, () =>
    inTrace(deps.db, scope, async (tx) => {
      const record = await lockGroup(tx, tenantId, directoryId, target.id);
      if (record === undefined) throw groupNotFound(target.id);
      assertVersion(target.expected, record.version);
      const { group, changed, members } = change(record.group);
      wanted.group = group;
      // The members' statement writes the group too, unless more than its members changes.
      const moved = members && (await changeMembers(tx, tenantId, record, members, { actor, write: !changed }));
      const marked = [moved === null ? nothingMarked : await moveMembers(tx, scope, record, moved)];
      let current = { ...record, ...moved?.written };
      if (changed) {
        current = { ...record, group, ...(await updateGroup(tx, tenantId, { id: record.id, group, actor })) };
        if (group.displayName !== record.group.displayName) {
          const connectionIds = await bindGroup(tx, tenantId, current);
          await expandConnections(tx, tenantId, {
            connectionIds,
            cause: `group.rename:${record.id}`,
            removal: false,
            actor,
          });
          marked.push({ connectionIds, removal: false });
        }
      }
      const shown = target.answerMembers ? await listMembers(tx.last, tenantId, [record.id]) : null;
      const notes = members === null || moved === null ? [] : notesOf(record, members, moved);
      return { value: { record: current, members: shown, notes }, marked: joinMarked(...marked) };
    }),
  );
}

/** Deletes one group; the accounts of those who were in it are looked at again. */
export async function deleteGroup(
  deps: DirectoryDeps,
  scope: DirectoryScope,
  target: { id: string; expected: ExpectedVersion },
): Promise<Written<undefined>> {
  const { tenantId, directoryId, actor } = scope;
  return await inTrace(deps.db, scope, async (tx) => {
    const record = await lockGroup(tx, tenantId, directoryId, target.id);
    if (record === undefined) throw groupNotFound(target.id);
    assertVersion(target.expected, record.version);
    const nested = await lockNesting(tx, tenantId, record);
    const apart =
      nested.length === 0
        ? nothingMarked
        : await changeNesting(tx, tenantId, record, { joining: [], leaving: nested }, actor);
    const left = await deleteGroupRow(tx.last, tenantId, { directoryId, id: target.id, actor });
    return { value: undefined, marked: joinMarked(apart, left ?? nothingMarked) };
  });
}

/** Does what the members' statement left over: groups that came or went as members. */
export async function moveMembers(
  tx: Tx,
  { tenantId, actor }: Pick<DirectoryScope, "tenantId" | "actor">,
  group: GroupRecord,
  moved: MemberOutcome,
): Promise<Marked> {
  if (moved.nesting === null) return moved.marked;
  return joinMarked(moved.marked, await changeNesting(tx, tenantId, group, moved.nesting, actor));
}

function notesOf(group: GroupRecord, change: MemberChange, moved: MemberOutcome): DialectNote[] {
  const notes: DialectNote[] = [];
  if (change.add.includes(group.id)) notes.push({ seen: "a group as its own member", taken: "nothing" });
  if (moved.dropped > 0)
    notes.push({ seen: `${moved.dropped} members that name nobody, beyond what a group keeps`, taken: "nothing" });
  return notes;
}

async function withGroupName<T>(wanted: { group?: GroupState }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (wanted.group === undefined || violatedConstraint(error) !== "groups_display_name") throw error;
    throw displayNameTaken(wanted.group.displayName, error);
  }
}

/** Two groups of one name make every client link the wrong one, since clients look groups up by displayName. */
function displayNameTaken(displayName: string, cause: unknown): ScimError {
  return new ScimError(
    409,
    "uniqueness",
    `displayName "${displayName}" belongs to another group: filter by it and update that group`,
    { cause },
  );
}

function groupNotFound(id: string): ScimError {
  return new ScimError(404, undefined, `There is no group "${id}" here`);
}
