import { requireBounded, requireIdentifier, requireName } from "./bounds.ts";
import { requireImmutable } from "./immutable.ts";
import { type Attributes, cloneAttributes, equalJson, isObject } from "./json.ts";
import { collectNotes, type DialectNote, type Notes } from "./notes.ts";
import { applyOperations, mergeAttributes } from "./patch/apply-patch.ts";
import { parsePatch } from "./patch/parse-patch.ts";
import { type ResourceSchema, userSchema } from "./schemas/registry.ts";
import { ScimError } from "./scim-error.ts";

/**
 * A user as this gateway keeps it. `attributes` holds everything else in canonical spelling, extensions under their URN;
 * never id, meta, schemas, groups or a password.
 */
export type UserState = { userName: string; externalId: string | null; active: boolean; attributes: Attributes };

/**
 * Reads the body of a POST or PUT. What is left out is unassigned, `active` is then true; what no schema knows is
 * left out with a note. `activeGiven` tells a PUT that must not reactivate anybody by leaving `active` out.
 *
 * @throws {ScimError} 400 `invalidSyntax`, `invalidValue` or `invalidPath`
 * @see RFC 7644 §3.3, §3.5.1
 */
export function parseUser(
  body: unknown,
  schema: ResourceSchema = userSchema,
): { user: UserState; activeGiven: boolean; notes: DialectNote[] } {
  if (!isObject(body)) throw new ScimError(400, "invalidSyntax", "The body must be a JSON object, a User resource");
  const notes = collectNotes();
  const draft: Attributes = {};
  mergeAttributes({ schema, draft, notes, members: null, work: { spent: 0 } }, "replace", body);
  const activeGiven = Object.hasOwn(draft, "active");
  if (!activeGiven) draft["active"] = true;
  return { user: toUserState(draft, notes), activeGiven, notes: notes.list() };
}

/**
 * Applies a PATCH to a user and leaves the one passed in as it was; `changed` is false if the result equals it.
 *
 * @throws {ScimError} 400 with the scimType that RFC 7644 §3.5.2 gives; nothing is applied then
 */
export function applyUserPatch(
  user: UserState,
  body: unknown,
  schema: ResourceSchema = userSchema,
): { user: UserState; changed: boolean; notes: DialectNote[] } {
  const notes = collectNotes();
  const operations = parsePatch(body, notes);
  const draft: Attributes = { ...cloneAttributes(user.attributes), userName: user.userName, active: user.active };
  if (user.externalId !== null) draft["externalId"] = user.externalId;
  applyOperations({ schema, draft, notes, members: null, work: { spent: 0 } }, operations);
  const patched = toUserState(draft, notes);
  requireImmutable(user.attributes, patched.attributes, schema);
  return { user: patched, changed: !sameUser(user, patched), notes: notes.list() };
}

/** Tells that two states of a user are equal, so that writing the second would change nothing. */
export function sameUser(left: UserState, right: UserState): boolean {
  return (
    left.userName === right.userName &&
    left.externalId === right.externalId &&
    left.active === right.active &&
    equalJson(left.attributes, right.attributes)
  );
}

function toUserState(draft: Attributes, notes: Notes): UserState {
  const { userName, externalId, active, ...attributes } = draft;
  if (typeof active !== "boolean") {
    throw new ScimError(400, "invalidValue", "active cannot be cleared; send true or false");
  }
  if (externalId === "") notes.add('externalId ""', "unassigned");
  return {
    userName: requireName(userName, "userName"),
    externalId:
      typeof externalId === "string" && externalId !== "" ? requireIdentifier(externalId, "externalId") : null,
    active,
    attributes: requireBounded(attributes),
  };
}
