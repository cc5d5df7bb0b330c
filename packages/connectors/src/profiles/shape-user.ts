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
  const kept = entries.filter(
    ([name]) => ALWAYS.has(name) || (!drops.includes(name) && (takes === null || takes.includes(name))),
  );
  const shaped = Object.fromEntries(
    kept.map(([name, value]) => {
      if (ALWAYS.has(name)) return [name, value];
      const some = few(value, valuesEach);
      return [name, keepsTypes ? some : untyped(some)];
    }),
  );
  const { schemas } = shaped;
  if (Array.isArray(schemas)) {
    const lost = entries.map(([name]) => name).filter((name) => name.includes(":") && !(name in shaped));
    shaped.schemas = schemas.filter((urn) => typeof urn !== "string" || !lost.includes(urn));
  }
  return { payload: shaped, leftOut: entries.map(([name]) => name).filter((name) => !(name in shaped)) };
}

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
