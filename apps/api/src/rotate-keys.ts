import { readFile } from "node:fs/promises";
import path from "node:path";
import { createKeyring, loadOrCreateMasterKey } from "@muster/credentials";
import { rewrapKeys } from "@muster/provisioning";
import { createCrashPoints, readGatewaySettings, readSettings, reveal, startEmbeddedPostgres } from "@muster/runtime";
import { openDatabase, refuseOtherKey } from "@muster/store";

// `npm run rotate-keys`: has everything that is sealed depend on MUSTER_ENCRYPTION_KEY alone, and says what still needs another
// key. It may run beside the gateway, may be killed, and may be run again.
const gateway = readSettings(process.env, readGatewaySettings);
const embedded = await embeddedUrl();
try {
  const url = gateway.databaseUrl === undefined ? embedded.url : reveal(gateway.databaseUrl);
  const db = openDatabase({ url, maxConnections: 2, applicationName: "muster-rotate-keys" });
  try {
    const masterKey = gateway.encryptionKey ?? (await loadOrCreateMasterKey(gateway.dataDir));
    const keyring = createKeyring(masterKey, gateway.otherEncryptionKeys);
    await refuseOtherKey(db, { pepperIds: [...keyring.peppers.keys()], setting: "MUSTER_ENCRYPTION_KEY" });
    const { tenantKeys, webhookKeys, left } = await rewrapKeys({
      db,
      keyring,
      crash: createCrashPoints(gateway.crashPoint),
    });
    process.stdout.write(
      `Wrapped anew under MUSTER_ENCRYPTION_KEY: ${tenantKeys} data keys of tenants, ${webhookKeys} of webhooks. Nothing that is sealed needs another key.\n`,
    );
    process.stdout.write(
      left.apiKeys + left.directoryTokens + left.sessions + left.portalLinks === 0
        ? "No live token needs another key: MUSTER_OTHER_ENCRYPTION_KEYS can be emptied.\n"
        : `Live and made under another key: ${left.apiKeys} API keys, ${left.directoryTokens} tokens and clients of directories, ${left.sessions} sessions, ${left.portalLinks} links into the portal. Keep that key in MUSTER_OTHER_ENCRYPTION_KEYS until they are replaced or over.\n`,
    );
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
