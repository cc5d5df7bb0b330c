import { readFile } from "node:fs/promises";
import path from "node:path";
import { createKeyring, loadOrCreateMasterKey } from "@muster/credentials";
import { readGatewaySettings, readSettings, reveal, startEmbeddedPostgres } from "@muster/runtime";
import { migrateDatabase, openDatabase } from "@muster/store";
import { makeApiKey } from "./api-keys.ts";

// `npm run api-key`: makes another owner key from the machine itself, whether the gateway is running or not.
const gateway = readSettings(process.env, readGatewaySettings);
const embedded = await embeddedUrl();
try {
  const url = gateway.databaseUrl === undefined ? embedded.url : reveal(gateway.databaseUrl);
  await migrateDatabase({ url });
  const db = openDatabase({ url, maxConnections: 2, applicationName: "muster-api-key" });
  try {
    const keyring = createKeyring(gateway.encryptionKey ?? (await loadOrCreateMasterKey(gateway.dataDir)));
    process.stdout.write(`A new API key, shown this once: ${await makeApiKey({ db, keyring })}\n`);
  } finally {
    await db.close();
  }
} finally {
  await embedded.close();
}

/** The running gateway's own server, or one started for this moment. */
async function embeddedUrl(): Promise<{ url: string; close(): Promise<void> }> {
  const nothing = { url: "", close: async () => {} };
  if (gateway.databaseUrl !== undefined) return nothing;
  try {
    return await startEmbeddedPostgres({ dataDir: gateway.dataDir });
  } catch (error) {
    const url = await readFile(path.join(gateway.dataDir, "database-url"), "utf8").catch(() => undefined);
    if (url === undefined) throw error;
    return { ...nothing, url };
  }
}
