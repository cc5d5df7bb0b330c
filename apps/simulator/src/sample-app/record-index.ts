/** Finds records by a key that several may share; a key without records takes no room. */
export type RecordIndex<T> = {
  add(key: string | undefined, record: T): void;
  remove(key: string | undefined, record: T): void;
  find(key: string): readonly T[];
  clear(): void;
};

const NONE: readonly never[] = [];

/** Makes an empty index. */
export function createRecordIndex<T>(): RecordIndex<T> {
  const records = new Map<string, T[]>();
  return {
    add(key, record) {
      if (key === undefined) return;
      const present = records.get(key);
      if (present === undefined) records.set(key, [record]);
      else present.push(record);
    },
    remove(key, record) {
      if (key === undefined) return;
      const left = records.get(key)?.filter((candidate) => candidate !== record) ?? [];
      if (left.length === 0) records.delete(key);
      else records.set(key, left);
    },
    find: (key) => records.get(key) ?? NONE,
    clear: () => records.clear(),
  };
}
