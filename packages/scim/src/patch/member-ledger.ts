import type { Filter } from "../filter/filter.ts";
import { isObject, type UnknownObject } from "../json.ts";
import { maxIdentifierCharacters } from "../limits.ts";
import type { Notes } from "../notes.ts";
import { ScimError } from "../scim-error.ts";
import { requireStorable } from "../text.ts";
import type { PatchVerb } from "./parse-patch.ts";
import type { AttributeTarget } from "./path.ts";

/**
 * The net effect of all member operations of one request, for a group whose members are not loaded: first all go if
 * `replaceAll`, then `remove` go, then `add` come. No id is in both lists, none twice.
 */
export type MemberChange = { replaceAll: boolean; add: string[]; remove: string[] };

export type MemberLedger = {
  apply(verb: PatchVerb, target: AttributeTarget, value: unknown): void;
  /** Null when no operation touched the members. */
  net(): MemberChange | null;
};

/** Opens a ledger that reduces member operations, in their order, to one change. */
export function openMemberLedger(notes: Notes): MemberLedger {
  let replaceAll = false;
  let add = new Set<string>();
  const remove = new Set<string>();
  function removeIds(ids: readonly string[]): void {
    for (const id of ids) {
      add.delete(id);
      if (!replaceAll) remove.add(id);
    }
  }
  function replaceWith(ids: readonly string[]): void {
    replaceAll = true;
    add = new Set(ids);
    remove.clear();
  }
  return {
    apply(verb, target, value) {
      if (target.filter !== null) {
        removeIds(selectedIds(verb, target, target.filter));
      } else if (target.sub !== null) {
        throw new ScimError(400, "invalidPath", 'members are changed as a whole or by members[value eq "id"]');
      } else if (verb === "replace") {
        replaceWith(parseMemberIds(value, notes));
      } else if (verb === "add") {
        for (const id of parseMemberIds(value, notes)) {
          remove.delete(id);
          add.add(id);
        }
      } else if (value === undefined || value === null) {
        replaceWith([]);
      } else {
        // By RFC 7644 §3.5.2.2 all members would go; Entra, JumpCloud, OneLogin and authentik mean the listed ones.
        notes.add("remove members with a value", "only the members listed");
        removeIds(parseMemberIds(value, notes));
      }
    },
    net() {
      if (!replaceAll && add.size === 0 && remove.size === 0) return null;
      return { replaceAll, add: [...add], remove: [...remove] };
    },
  };
}

/**
 * Reads the ids in a value of `members`, each once; display names and references are the server's to say.
 *
 * @throws {ScimError} 400 `invalidValue` unless each member is an object with a string `value`
 */
export function parseMemberIds(value: unknown, notes: Notes): string[] {
  if (value === null || value === undefined) return [];
  const list = memberList(value, notes);
  const ids = new Set<string>();
  for (const member of list) ids.add(parseMemberId(member, notes));
  return [...ids];
}

function memberList(value: unknown, notes: Notes): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (isObject(value)) {
    const [key, ...others] = Object.keys(value);
    if (key?.toLowerCase() === "members" && others.length === 0) {
      notes.add("members wrapped in an object", "members");
      const inner = value[key];
      return Array.isArray(inner) ? inner : [inner];
    }
  }
  notes.add("members as a single value", "a list of one");
  return [value];
}

function parseMemberId(member: unknown, notes: Notes): string {
  if (typeof member === "string") notes.add("a member as a string", "its value");
  const id = isObject(member) ? readValue(member) : member;
  if (typeof id !== "string" || id === "") {
    throw new ScimError(400, "invalidValue", 'A member must be {"value": "id"}, with the id of the user as a string');
  }
  if (id.length > maxIdentifierCharacters) {
    throw new ScimError(400, "invalidValue", `A member's value is longer than ${maxIdentifierCharacters} characters`);
  }
  requireStorable(id, "A member's value");
  return id;
}

function readValue(member: UnknownObject): unknown {
  if (Object.hasOwn(member, "value")) return member["value"];
  const key = Object.keys(member).find((candidate) => candidate.toLowerCase() === "value");
  return key === undefined ? undefined : member[key];
}

function selectedIds(verb: PatchVerb, target: AttributeTarget, filter: Filter): string[] {
  if (target.sub !== null || verb !== "remove") {
    throw new ScimError(400, "invalidPath", "A single member can only be removed; to add one, add to members");
  }
  const ids = idsIn(filter);
  if (ids === undefined) {
    throw new ScimError(400, "invalidFilter", 'Members are chosen by their id only: members[value eq "id"]');
  }
  return ids;
}

function idsIn(filter: Filter): string[] | undefined {
  if (filter.kind === "compare" && filter.op === "eq" && typeof filter.value === "string") {
    return filter.path.name === "value" ? [filter.value] : undefined;
  }
  if (filter.kind !== "or") return undefined;
  const ids: string[] = [];
  for (const operand of filter.operands) {
    const some = idsIn(operand);
    if (some === undefined) return undefined;
    ids.push(...some);
  }
  return ids;
}
