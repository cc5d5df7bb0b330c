import { isChangeable, type RemoteUser, type UserAbilities } from "@muster/connectors";
import type { DesiredAccount } from "@muster/mapping";
import { type Attributes, isAttributes, type Json, ownValue } from "@muster/scim";
import type { FindingAttribute } from "@muster/store";

/** How an account of the app stands to what it should be. */
export type Comparison =
  | { kind: "equal" }
  | { kind: "drifted"; attributes: FindingAttribute[] }
  /** It gives access to somebody who should have none. */
  | { kind: "unexpectedActive"; attributes: FindingAttribute[] };

/**
 * Compares what the app shows with what should be there, looking at our attributes only: what else the app keeps is not ours
 * (SB8). What the app adds to a value of ours, such as a `display`, is no difference, nor is the order of values.
 *
 * @param app.keepsLeavers the connection leaves the accounts of leavers as they are
 */
export function compareAccount(
  desired: DesiredAccount,
  remote: RemoteUser,
  app: { keepsLeavers: boolean; users: UserAbilities },
): Comparison {
  const wantsActive = desired.kind === "present" && desired.active;
  if (desired.kind === "absent" && app.keepsLeavers) return { kind: "equal" };
  const attributes = desired.kind === "present" ? differences(desired.payload, remote, app.users) : [];
  if (!wantsActive && remote.active === true)
    return {
      kind: "unexpectedActive",
      attributes: [
        { name: "active", ours: false, theirs: true },
        ...attributes.filter(({ name }) => name !== "active"),
      ],
    };
  return attributes.length === 0 ? { kind: "equal" } : { kind: "drifted", attributes };
}

/** Follow from the values, or are the app's own. */
const NOT_COMPARED: ReadonlySet<string> = new Set(["schemas", "id", "meta"]);
/** A finding is for reading: a longer value is told by its beginning. */
const MAX_SHOWN = 1_000;

function differences(payload: Attributes, remote: RemoteUser, users: UserAbilities): FindingAttribute[] {
  const theirs = { ...remote.resource, ...(remote.active === null ? {} : { active: remote.active }) };
  return Object.entries(payload).flatMap(([name, ours]) => {
    if (NOT_COMPARED.has(name) || isNothing(ours) || !isChangeable(name, users.changeable)) return [];
    // An app that never shows `active` says nothing about it.
    if (name === "active" && remote.active === null) return [];
    // Nor does one that shows whoever has no password yet as inactive (SB25).
    if (name === "active" && ours === true && remote.active === false && users.pending !== null) return [];
    if (!name.includes(":") || !isAttributes(ours)) return difference(name, ours, own(theirs, name));
    const extension = own(theirs, name);
    return Object.entries(ours).flatMap(([inner, value]) =>
      isNothing(value)
        ? []
        : difference(`${name}:${inner}`, value, isAttributes(extension) ? own(extension, inner) : null),
    );
  });
}

function difference(name: string, ours: Json, theirs: Json): FindingAttribute[] {
  return covers(ours, theirs, name) ? [] : [{ name, ours: shown(ours), theirs: shown(theirs) }];
}

/** Whether a value has everything that ours has; lists must be of equal length. */
function covers(ours: Json, theirs: Json, name: string): boolean {
  if (Array.isArray(ours)) {
    if (!Array.isArray(theirs) || theirs.length !== ours.length) return false;
    const left = [...theirs];
    return ours.every((element) => {
      const found = left.findIndex((other) => covers(element, other, ""));
      if (found >= 0) left.splice(found, 1);
      return found >= 0;
    });
  }
  if (isAttributes(ours))
    return (
      isAttributes(theirs) &&
      Object.entries(ours).every(([key, value]) => isNothing(value) || covers(value, own(theirs, key), key))
    );
  if (ours === theirs) return true;
  // False is what a flag that is not there means; userName is compared without case (RFC 7643 section 4.1.1).
  if (ours === false && theirs === null) return name !== "active";
  if (typeof ours === "boolean" && typeof theirs === "string") return theirs.toLowerCase() === String(ours);
  return name === "userName" && typeof ours === "string" && typeof theirs === "string" && sameName(ours, theirs);
}

const sameName = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();

function own(object: Attributes, name: string): Json {
  return ownValue(object, name) ?? null;
}

function isNothing(value: Json): boolean {
  if (value === null) return true;
  return Array.isArray(value) ? value.length === 0 : isAttributes(value) && Object.values(value).every(isNothing);
}

function shown(value: Json): Json {
  const text = JSON.stringify(value);
  return text.length <= MAX_SHOWN ? value : `${text.slice(0, MAX_SHOWN)}…`.toWellFormed();
}
