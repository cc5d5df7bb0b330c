import { createKeyring, loadOrCreateMasterKey } from "@muster/credentials";
import { readGatewaySettings, readSettings, reveal } from "@muster/runtime";
import { migrateDatabase, openDatabase } from "@muster/store";
import { makeApiKey } from "./api-keys.ts";
import { findEmbedded } from "./find-embedded.ts";

// `npm run api-key`: makes another owner key from the machine itself, whether the gateway is running or not.
const gateway = readSettings(process.env, readGatewaySettings);
const embedded = await findEmbedded(gateway);
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
