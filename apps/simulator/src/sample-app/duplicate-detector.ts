/** An externalId or userName for which the app was made to create more than one account, deleted ones included. */
export type Duplicate = { by: "externalId" | "userName"; value: string; remoteIds: string[] };

export type DuplicateDetector = {
  noteCreated(account: { id: string; userName: string; externalId?: string | undefined }): void;
  list(): Duplicate[];
  count(): number;
  clear(): void;
};

/** Remembers every account ever created, for the rule of at most one account per person (invariant I06). */
export function createDuplicateDetector(): DuplicateDetector {
  const byExternalId = new Map<string, string | string[]>();
  const byUserName = new Map<string, string | string[]>();
  let repeats = 0;
  // A single id is kept bare: with many accounts an array for each would double the memory.
  const note = (seen: Map<string, string | string[]>, key: string, id: string): void => {
    const before = seen.get(key);
    if (before === undefined) seen.set(key, id);
    else if (typeof before === "string") {
      seen.set(key, [before, id]);
      repeats += 1;
    } else before.push(id);
  };
  const repeated = (by: Duplicate["by"], seen: ReadonlyMap<string, string | string[]>): Duplicate[] =>
    [...seen].flatMap(([value, ids]) => (typeof ids === "string" ? [] : [{ by, value, remoteIds: [...ids] }]));
  return {
    noteCreated(account) {
      note(byUserName, account.userName.toLowerCase(), account.id);
      if (account.externalId !== undefined) note(byExternalId, account.externalId, account.id);
    },
    list: () => [...repeated("externalId", byExternalId), ...repeated("userName", byUserName)],
    count: () => repeats,
    clear() {
      repeats = 0;
      byExternalId.clear();
      byUserName.clear();
    },
  };
}
