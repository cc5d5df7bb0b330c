import { type Connector, connect, type TargetAuth, type TargetTls } from "@muster/connectors";
import { createDataKey, type Keyring, openSecret, type SealAddress, sealSecret } from "@muster/credentials";
import { createDialTls, uuidV7 } from "@muster/runtime";
import {
  type ConnectionRecord,
  type DataKey,
  getConnection,
  getDataKey,
  insertDataKey,
  inTenant,
  type TenantId,
  type Tx,
} from "@muster/store";
import { authOf } from "./connection-credentials.ts";
import type { ConnectionCredentialsDeps } from "./credentials-deps.ts";
import { appOfConnection } from "./profile-settings.ts";
import type { TargetSecret } from "./target-secret.ts";

const addressOf = (tenantId: TenantId, connectionId: string): SealAddress => ({
  tenantId,
  table: "connections",
  column: "sealed_auth",
  rowId: connectionId,
});

/** The tenant's data key, which is made with the tenant's first secret. */
export async function tenantKey(keyring: Keyring, tx: Tx, tenantId: TenantId): Promise<DataKey> {
  return (await getDataKey(tx, tenantId)) ?? (await makeDataKey(keyring, tx, tenantId));
}

/** Seals what a connection signs in with under the tenant's data key. */
export async function sealAuth(
  keyring: Keyring,
  tx: Tx,
  tenantId: TenantId,
  { connectionId, secret: { auth, tls } }: { connectionId: string; secret: TargetSecret },
): Promise<{ keyId: string; sealedAuth: Buffer }> {
  const key = await tenantKey(keyring, tx, tenantId);
  const text = JSON.stringify(tls === null ? auth : { ...auth, tls });
  return { keyId: key.id, sealedAuth: sealSecret(keyring, key.wrapped, addressOf(tenantId, connectionId), text) };
}

async function makeDataKey(keyring: Keyring, tx: Tx, tenantId: TenantId): Promise<DataKey> {
  const fresh = createDataKey(keyring, tenantId);
  const key = { id: uuidV7(), wrapped: fresh.wrapped, wrappedBy: fresh.keyId };
  await insertDataKey(tx, tenantId, key);
  return key;
}

/** Opens the connector of a connection. */
export async function openConnector(
  deps: ConnectionCredentialsDeps,
  tenantId: TenantId,
  connectionId: string,
): Promise<Connector> {
  const { connection, auth, tls } = await inTenant(deps.db, tenantId, async (tx) => {
    const found = await getConnection(tx, tenantId, connectionId);
    if (found === undefined) throw new Error(`Connection ${connectionId} does not exist`);
    return { connection: found, ...(await openAuth(deps.keyring, tx, found, tenantId)) };
  });
  const dialTls = tls === null ? undefined : createDialTls(connectionId, tls);
  const whose = { tenantId, connectionId, sealedAuth: connection.sealedAuth, tls: dialTls };
  return connect(
    { dialer: deps.dialer, now: () => deps.clock.now() },
    {
      kind: connection.kind,
      baseUrl: connection.baseUrl,
      auth: authOf(deps, whose, auth),
      ...(dialTls === undefined ? {} : { tls: dialTls }),
      updateMethod: connection.updateMethod,
      profile: appOfConnection(connection),
      options: connection.targetOptions,
    },
  );
}

/**
 * Opens what a connection signs in with: for its connector, where an administrator is sent to give access, which needs what is
 * registered of the client, and where another client takes its place. Nowhere else is a downstream credential in clear.
 */
export async function openAuth(
  keyring: Keyring,
  tx: Tx,
  connection: ConnectionRecord,
  tenantId: TenantId,
): Promise<TargetSecret> {
  const key = await getDataKey(tx, tenantId, connection.keyId);
  if (key === undefined) throw new Error(`Data key ${connection.keyId} does not exist`);
  const opened = openSecret(keyring, key.wrapped, addressOf(tenantId, connection.id), connection.sealedAuth);
  // Sealed by sealAuth above, bound to this row: its shape needs no second check.
  const { tls, ...auth } = JSON.parse(opened) as TargetAuth & { tls?: TargetTls };
  return { auth, tls: tls ?? null };
}
