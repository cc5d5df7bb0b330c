import { type Connector, createScimConnector, profileOf, type TargetAuth } from "@muster/connectors";
import { createDataKey, type Keyring, openSecret, type SealAddress, sealSecret } from "@muster/credentials";
import { type Dialer, uuidV7 } from "@muster/runtime";
import {
  type Database,
  getConnection,
  getDataKey,
  insertDataKey,
  inTenant,
  type TenantId,
  type Tx,
} from "@muster/store";

const addressOf = (tenantId: TenantId, connectionId: string): SealAddress => ({
  tenantId,
  table: "connections",
  column: "sealed_auth",
  rowId: connectionId,
});

/** Seals a connection's credential under the tenant's data key, which is made with the tenant's first secret. */
export async function sealAuth(
  keyring: Keyring,
  tx: Tx,
  tenantId: TenantId,
  secret: { connectionId: string; auth: TargetAuth },
): Promise<{ keyId: string; sealedAuth: Buffer }> {
  const key = (await getDataKey(tx, tenantId)) ?? (await makeDataKey(keyring, tx, tenantId));
  const address = addressOf(tenantId, secret.connectionId);
  return { keyId: key.id, sealedAuth: sealSecret(keyring, key.wrapped, address, JSON.stringify(secret.auth)) };
}

async function makeDataKey(keyring: Keyring, tx: Tx, tenantId: TenantId): Promise<{ id: string; wrapped: Buffer }> {
  const fresh = createDataKey(keyring, tenantId);
  const key = { id: uuidV7(), wrapped: fresh.wrapped, wrappedBy: fresh.keyId };
  await insertDataKey(tx, tenantId, key);
  return key;
}

export type OpenConnectorDeps = { db: Database; keyring: Keyring; dialer: Dialer };

/** Opens the connector of a connection: the only place where a downstream credential is in clear. */
export async function openConnector(
  deps: OpenConnectorDeps,
  tenantId: TenantId,
  connectionId: string,
): Promise<Connector> {
  const { connection, key } = await inTenant(deps.db, tenantId, async (tx) => {
    const found = await getConnection(tx, tenantId, connectionId);
    if (found === undefined) throw new Error(`Connection ${connectionId} does not exist`);
    return { connection: found, key: await getDataKey(tx, tenantId, found.keyId) };
  });
  if (key === undefined) throw new Error(`Data key ${connection.keyId} does not exist`);
  const opened = openSecret(deps.keyring, key.wrapped, addressOf(tenantId, connectionId), connection.sealedAuth);
  // Sealed by sealAuth above, bound to this row: its shape needs no second check.
  const auth = JSON.parse(opened) as TargetAuth;
  return createScimConnector(
    { dialer: deps.dialer },
    {
      kind: "scim",
      baseUrl: connection.baseUrl,
      auth,
      updateMethod: connection.updateMethod,
      profile: profileOf(connection.profile, connection.learnedProfile?.settings),
    },
  );
}
