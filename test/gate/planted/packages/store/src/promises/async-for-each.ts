// red: promises no-misused-promises
declare function saveRow(id: string): Promise<void>;

export function saveAll(ids: string[]): void {
  ids.forEach(async (id) => {
    await saveRow(id);
  });
}
