import type { TokenCache } from "@muster/connectors";
import type { Keyring } from "@muster/credentials";
import type { Clock, CrashPoints, Dialer, DialTls } from "@muster/runtime";
import type { Database, TenantId } from "@muster/store";

export type ConnectionCredentialsDeps = {
  db: Database;
  keyring: Keyring;
  dialer: Dialer;
  clock: Pick<Clock, "now">;
  crash: CrashPoints;
  /** One for the whole process, so that the lane's next slice goes on with the token of this one. */
  tokens: TokenCache;
};

export type WhoseCredentials = {
  tenantId: TenantId;
  connectionId: string;
  sealedAuth: Buffer;
  tls: DialTls | undefined;
};
