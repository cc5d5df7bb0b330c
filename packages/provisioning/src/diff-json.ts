import { equalJson, type Json } from "@muster/scim";

/** One place at which two documents differ; null where it is in only one of them. */
export type JsonChange = { path: string; before: Json; after: Json };

/** Lists where two JSON documents differ, as deep as they can be told apart, in the order of the first; empty when they are equal. */
export function diffJson(before: Json, after: Json, path = ""): JsonChange[] {
  if (equalJson(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) {
    const places = Array.from({ length: Math.max(before.length, after.length) }, (_, place) => place);
    return places.flatMap((place) => diffJson(before[place] ?? null, after[place] ?? null, `${path}[${place}]`));
  }
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) =>
      diffJson(before[name] ?? null, after[name] ?? null, path === "" ? name : `${path}.${name}`),
    );
  }
  return [{ path, before, after }];
}

function isObject(value: Json): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
