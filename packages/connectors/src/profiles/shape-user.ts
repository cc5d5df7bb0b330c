import { type Attributes, isAttributes, type Json } from "@muster/scim";
import type { UserAbilities } from "./target-profile.ts";

/** What makes an account the one that it is: sent to every app. */
const ALWAYS: ReadonlySet<string> = new Set(["schemas", "externalId", "userName", "active"]);

export type Shaped = {
  payload: Attributes;
  /** Attributes that the app does not take. */
  leftOut: string[];
};

/** Reduces a user to what the app takes: its attributes, and no more values of each than it keeps, the primary one first. */
export function shapeUser(payload: Attributes, { takes, drops, valuesEach, keepsTypes }: UserAbilities): Shaped {
  if (takes === null && drops.length === 0 && valuesEach === null && keepsTypes) return { payload, leftOut: [] };
  const entries = Object.entries(payload);
  const kept = entries.filter(([name]) => ALWAYS.has(name) || (!drops.includes(name) && isTaken(name, takes)));
  const lostParts = new Set<string>();
  const shaped: Attributes = Object.fromEntries(
    kept.flatMap(([name, value]): [string, Json][] => {
      if (ALWAYS.has(name)) return [[name, value]];
      const some = few(value, valuesEach);
      const whole = keepsTypes ? some : untyped(some);
      const parts = takes === null || takes.includes(name) ? null : partsTaken(name, takes);
      if (parts === null) return [[name, whole]];
      const left = onlyParts(whole, parts, (part) => lostParts.add(`${name}${joint(name)}${part}`));
      return isEmpty(left) ? [] : [[name, left]];
    }),
  );
  const { schemas } = shaped;
  if (Array.isArray(schemas)) {
    const gone = entries.map(([name]) => name).filter((name) => name.includes(":") && !(name in shaped));
    shaped["schemas"] = schemas.filter((urn) => typeof urn !== "string" || !gone.includes(urn));
  }
  const lost = entries.map(([name]) => name).filter((name) => !(name in shaped));
  const ofLost = (part: string): boolean => lost.some((name) => part.startsWith(`${name}${joint(name)}`));
  return { payload: shaped, leftOut: [...lost, ...[...lostParts].filter((part) => !ofLost(part))] };
}

/** Whether an app takes an attribute, as a whole or some part of it. */
export function isTaken(name: string, takes: readonly string[] | null): boolean {
  return takes === null || takes.includes(name) || partsTaken(name, takes).length > 0;
}

/** Between an attribute's name and that of its part, or an extension's URN and what is in it. */
const joint = (name: string): string => (name.includes(":") ? ":" : ".");

function partsTaken(name: string, takes: readonly string[]): string[] {
  const start = `${name}${joint(name)}`;
  return takes.filter((path) => path.startsWith(start)).map((path) => path.slice(start.length));
}

/** What is left of a value, or of each in a list, when only some parts are taken. */
function onlyParts(value: Json, parts: readonly string[], lose: (part: string) => void): Json {
  if (Array.isArray(value)) return value.map((element) => onlyParts(element, parts, lose));
  if (!isAttributes(value)) return value;
  const kept = Object.entries(value).filter(([part]) => {
    const isKept = parts.includes(part);
    if (!isKept) lose(part);
    return isKept;
  });
  return Object.fromEntries(kept);
}

const isEmpty = (value: Json): boolean => isAttributes(value) && Object.keys(value).length === 0;

function few(value: Json, most: number | null): Json {
  if (most === null || !Array.isArray(value) || value.length <= most) return value;
  const isPrimary = (element: Json): boolean => isAttributes(element) && element["primary"] === true;
  return value.toSorted((a, b) => Number(isPrimary(b)) - Number(isPrimary(a))).slice(0, most);
}

function untyped(value: Json): Json {
  if (!Array.isArray(value)) return value;
  return value.map((element) => {
    if (!isAttributes(element)) return element;
    const { type: _type, ...rest } = element;
    return rest;
  });
}
