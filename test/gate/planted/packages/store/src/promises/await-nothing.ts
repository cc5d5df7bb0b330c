// red: promises await-thenable
export async function count(ids: string[]): Promise<number> {
  await ids.length;
  return ids.length;
}
