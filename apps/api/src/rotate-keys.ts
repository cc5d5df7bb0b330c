import { createKeyring, loadOrCreateMasterKey } from "@muster/credentials";
import { rewrapKeys } from "@muster/provisioning";
import { createCrashPoints, readGatewaySettings, readSettings, reveal } from "@muster/runtime";
import { openDatabase, refuseOtherKey } from "@muster/store";
import { findEmbedded } from "./find-embedded.ts";

// `npm run rotate-keys`: has everything that is sealed depend on MUSTER_ENCRYPTION_KEY alone, and says what still needs another
// key. It may run beside the gateway, may be killed, and may be run again.
const gateway = readSettings(process.env, readGatewaySettings);
const embedded = await findEmbedded(gateway);
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
