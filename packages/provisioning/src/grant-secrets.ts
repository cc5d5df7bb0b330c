import { type Keyring, openSecret, type SealAddress, sealSecret } from "@muster/credentials";
import type { DataKey, TenantId } from "@muster/store";

/** What goes with somebody who is sent to the app, and comes back with the code. */
export type Verifier = { codeVerifier: string; redirectUri: string };
export type GivenCode = Verifier & { code: string };
export type GrantTokens = { accessToken: string; usableUntilMs: number; refreshToken: string | null };

/** Which column holds what. */
type Kept = { sealed_verifier: Verifier; sealed_code: GivenCode; sealed_tokens: GrantTokens };
type Row = { tenantId: TenantId; connectionId: string };

const addressOf = ({ tenantId, connectionId }: Row, column: keyof Kept): SealAddress => ({
  tenantId,
  table: "app_grants",
  column,
  rowId: connectionId,
});

/** Seals a part of a grant for its row and column. */
export function sealGrant<C extends keyof Kept>(
  keyring: Keyring,
  key: DataKey,
  at: Row & { column: C },
  part: Kept[C],
): Buffer {
  return sealSecret(keyring, key.wrapped, addressOf(at, at.column), JSON.stringify(part));
}

/** Opens what `sealGrant` has sealed there. */
export function openGrant<C extends keyof Kept>(
  keyring: Keyring,
  key: DataKey,
  at: Row & { column: C },
  sealed: Buffer,
): Kept[C] {
  // Bound to this row and column, so its shape needs no second check.
  return JSON.parse(openSecret(keyring, key.wrapped, addressOf(at, at.column), sealed)) as Kept[C];
}
