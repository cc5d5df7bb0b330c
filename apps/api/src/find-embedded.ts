import { readFile } from "node:fs/promises";
import path from "node:path";
import { type GatewaySettings, startEmbeddedPostgres } from "@muster/runtime";

/** For a command: the running gateway's own server, or one started for this moment; nothing where a database is set. */
export async function findEmbedded({
  databaseUrl,
  dataDir,
}: Pick<GatewaySettings, "databaseUrl" | "dataDir">): Promise<{ url: string; close(): Promise<void> }> {
  const nothing = { url: "", close: async () => {} };
  if (databaseUrl !== undefined) return nothing;
  try {
    return await startEmbeddedPostgres({ dataDir });
  } catch (error) {
    const url = await readFile(path.join(dataDir, "database-url"), "utf8").catch(() => undefined);
    if (url === undefined) throw error;
    return { ...nothing, url };
  }
}
