import { memberRoles } from "@muster/contract";
import { createKeyring, loadOrCreateMasterKey } from "@muster/credentials";
import { readGatewaySettings, readSettings, reveal } from "@muster/runtime";
import { migrateDatabase, openDatabase } from "@muster/store";
import { makeApiKey } from "./api-keys.ts";
import { findEmbedded } from "./find-embedded.ts";

// `npm run api-key`: makes another key from the machine itself, whether the gateway is running or not; an owner's, unless a role is named.
const wanted = process.argv[2] ?? "owner";
const role = memberRoles.find((known) => known === wanted);
if (role === undefined) {
  process.stderr.write(`There is no role "${wanted}": it is one of ${memberRoles.join(", ")}\n`);
  process.exit(1);
}
const gateway = readSettings(process.env, readGatewaySettings);
const embedded = await findEmbedded(gateway);
try {
  const url = gateway.databaseUrl === undefined ? embedded.url : reveal(gateway.databaseUrl);
  await migrateDatabase({ url });
  const db = openDatabase({ url, maxConnections: 2, applicationName: "muster-api-key" });
  try {
    const keyring = createKeyring(gateway.encryptionKey ?? (await loadOrCreateMasterKey(gateway.dataDir)));
    process.stdout.write(`A new API key, shown this once: ${await makeApiKey({ db, keyring }, role)}\n`);
  } finally {
    await db.close();
  }
} finally {
  await embedded.close();
}
