import { type Attributes, foldCase } from "@muster/scim";

/** A key is the beginning of an address, so that an index can hold it: it narrows a search and does not decide it. */
const MAX_KEY_CHARACTERS = 512;

/** The keys under which a person is found by e-mail: each address folded and cut, every key once. */
export function emailKeys(attributes: Attributes): string[] {
  const { emails } = attributes;
  if (!Array.isArray(emails)) return [];
  const keys = new Set<string>();
  for (const email of emails) {
    if (typeof email !== "object" || email === null || Array.isArray(email)) continue;
    const { value } = email;
    if (typeof value === "string") keys.add(emailKey(value));
  }
  return [...keys];
}

/** The key of one address, for writing and for looking up. Cut between characters as the database counts them. */
export function emailKey(address: string): string {
  const folded = foldCase(address);
  return folded.length <= MAX_KEY_CHARACTERS ? folded : [...folded].slice(0, MAX_KEY_CHARACTERS).join("");
}

/** A person and one of their keys, as parallel arrays of a statement. */
export type KeyPairs = { userIds: string[]; keys: string[] };

/** Lists every person's keys as parallel arrays. */
export function pairKeys(people: readonly { id: string; keys: readonly string[] }[]): KeyPairs {
  return {
    userIds: people.flatMap(({ id, keys }) => keys.map(() => id)),
    keys: people.flatMap(({ keys }) => keys),
  };
}
