import { requireBounded, requireIdentifier, requireName } from "./bounds.ts";
import { requireImmutable } from "./immutable.ts";
import { type Attributes, cloneAttributes, equalJson, isObject } from "./json.ts";
import { collectNotes, type DialectNote, type Notes } from "./notes.ts";
import { applyOperations, mergeAttributes } from "./patch/apply-patch.ts";
import { type MemberChange, openMemberLedger } from "./patch/member-ledger.ts";
import { parsePatch } from "./patch/parse-patch.ts";
import { groupSchema, type ResourceSchema } from "./schemas/registry.ts";
import { ScimError } from "./scim-error.ts";

export type { MemberChange } from "./patch/member-ledger.ts";

/** A group as this gateway keeps it, without its members, which are rows of their own. */
export type GroupState = { displayName: string; externalId: string | null; attributes: Attributes };

/**
 * Reads the body of a POST or PUT. `members` holds the ids that are listed, each once; it is null if members are not
 * named at all, and empty for null and [].
 *
 * @throws {ScimError} 400 `invalidSyntax`, `invalidValue` or `invalidPath`
 * @see RFC 7644 §3.3, §3.5.1
 */
export function parseGroup(
  body: unknown,
  schema: ResourceSchema = groupSchema,
): { group: GroupState; members: string[] | null; notes: DialectNote[] } {
  if (!isObject(body)) throw new ScimError(400, "invalidSyntax", "The body must be a JSON object, a Group resource");
  const notes = collectNotes();
  const draft: Attributes = {};
  const ledger = openMemberLedger(notes);
  mergeAttributes({ schema, draft, notes, members: ledger, work: { spent: 0 } }, "replace", body);
  return { group: toGroupState(draft, notes), members: ledger.net()?.add ?? null, notes: notes.list() };
}

/**
 * Applies a PATCH to a group whose members are not loaded: their operations come back as one net `members` change, null
 * if there is none. `changed` speaks of the group itself only.
 *
 * @throws {ScimError} 400 with the scimType that RFC 7644 §3.5.2 gives; nothing is applied then
 */
export function applyGroupPatch(
  group: GroupState,
  body: unknown,
  schema: ResourceSchema = groupSchema,
): { group: GroupState; changed: boolean; members: MemberChange | null; notes: DialectNote[] } {
  const notes = collectNotes();
  const operations = parsePatch(body, notes);
  const draft: Attributes = { ...cloneAttributes(group.attributes), displayName: group.displayName };
  if (group.externalId !== null) draft["externalId"] = group.externalId;
  const ledger = openMemberLedger(notes);
  applyOperations({ schema, draft, notes, members: ledger, work: { spent: 0 } }, operations);
  const patched = toGroupState(draft, notes);
  requireImmutable(group.attributes, patched.attributes, schema);
  return { group: patched, changed: !sameGroup(group, patched), members: ledger.net(), notes: notes.list() };
}

/** Tells that two states of a group are equal, members apart. */
export function sameGroup(left: GroupState, right: GroupState): boolean {
  return (
    left.displayName === right.displayName &&
    left.externalId === right.externalId &&
    equalJson(left.attributes, right.attributes)
  );
}

function toGroupState(draft: Attributes, notes: Notes): GroupState {
  const { displayName, externalId, ...attributes } = draft;
  if (externalId === "") notes.add('externalId ""', "unassigned");
  return {
    displayName: requireName(displayName, "displayName"),
    externalId:
      typeof externalId === "string" && externalId !== "" ? requireIdentifier(externalId, "externalId") : null,
    attributes: requireBounded(attributes),
  };
}
