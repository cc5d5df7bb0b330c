import { hash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import {
  type AuthorizationCodeAuth,
  type CodeGrant,
  codeGrantRequest,
  type FetchToken,
  type NoCredential,
  requestToken,
  type UsableToken,
  usableUntil,
} from "@muster/connectors";
import { sameDigest } from "@muster/credentials";
import { type AppGrant, claimGrant, type DataKey, endGrantTurn, getDataKey, getGrant, inTenant } from "@muster/store";
import type { ConnectionCredentialsDeps, WhoseCredentials } from "./credentials-deps.ts";
import { type GrantTokens, openGrant, sealGrant } from "./grant-secrets.ts";

/** Longer than a token endpoint is waited for; a process that dies in its turn holds others up no longer than this. */
const TURN_MS = 20_000;
/** How often a process that waits for another's turn looks again. */
const LOOK_AGAIN_MS = 100;

const AGAIN = "have an administrator of the app give access again, with POST /api/v1/connections/{id}/consent";

/**
 * Gets access tokens from what an administrator of the app has given. One process at a time asks; the others take what it was given.
 * A new refresh token is kept before the access token that came with it is used, since the one before it may hold no more.
 */
export function grantedAccess(
  deps: ConnectionCredentialsDeps,
  whose: WhoseCredentials,
  auth: AuthorizationCodeAuth,
): FetchToken {
  const { tenantId, connectionId } = whose;
  return async (context, refused) => {
    const deadlineMs = performance.now() + context.timeoutMs;
    for (;;) {
      const known = await inTenant(deps.db, tenantId, async (tx) => {
        const grant = await getGrant(tx, tenantId, connectionId);
        return grant === undefined ? undefined : { grant, key: await getDataKey(tx, tenantId, grant.keyId) };
      });
      const found =
        known?.key === undefined ? nothingGiven() : stillGood(deps, whose, { ...known, key: known.key }, refused);
      if (found !== null) return found;
      const turn = await takeTurn(deps, whose, auth);
      if (turn !== null) return turn;
      if (performance.now() + LOOK_AGAIN_MS > deadlineMs)
        return noToken("transient", "another process is asking the token endpoint; it is looked at again soon");
      await setTimeout(LOOK_AGAIN_MS, undefined, { signal: context.signal }).catch(() => undefined);
      if (context.signal.aborted) return noToken("transient", "aborted by the caller");
    }
  };
}

type Known = { grant: AppGrant; key: DataKey };

/** The kept token, or why there can be none; null when one has to be asked for. */
function stillGood(
  { keyring, clock }: ConnectionCredentialsDeps,
  whose: WhoseCredentials,
  { grant, key }: Known,
  refused: string | null,
): UsableToken | NoCredential | null {
  if (grant.overBecause !== null) return noToken("connection", `${grant.overBecause}; ${AGAIN}`);
  if (grant.sealedCode !== null) return null;
  if (grant.sealedTokens === null) return nothingGiven();
  const tokens = openGrant(keyring, key, { ...whose, column: "sealed_tokens" }, grant.sealedTokens);
  if (clock.now().getTime() >= tokens.usableUntilMs || isSame(tokens.accessToken, refused)) return null;
  return { kind: "token", accessToken: tokens.accessToken, usableUntilMs: tokens.usableUntilMs };
}

function isSame(token: string, refused: string | null): boolean {
  return refused !== null && sameDigest(hash("sha256", token, "buffer"), hash("sha256", refused, "buffer"));
}

/** Asks the token endpoint, if it is this process's turn; null when it is not. */
async function takeTurn(
  deps: ConnectionCredentialsDeps,
  whose: WhoseCredentials,
  auth: AuthorizationCodeAuth,
): Promise<UsableToken | NoCredential | null> {
  const { db, keyring, dialer, clock } = deps;
  const { tenantId, connectionId, tls } = whose;
  const claimed = await inTenant(db, tenantId, async (tx) => {
    const grant = await claimGrant(tx, tenantId, connectionId, TURN_MS);
    const key = grant === undefined ? undefined : await getDataKey(tx, tenantId, grant.keyId);
    return grant === undefined || key === undefined ? undefined : { grant, key };
  });
  if (claimed === undefined) return null;
  const { grant, key } = claimed;
  const at = { connectionId, turn: grant.turn };
  const { sealedCode: usedCode } = grant;
  const before =
    grant.sealedTokens === null
      ? null
      : openGrant(keyring, key, { ...whose, column: "sealed_tokens" }, grant.sealedTokens);
  const asked = nextGrant(deps, whose, { grant, key }, before);
  const end = (ending: Parameters<typeof endGrantTurn>[3]) =>
    inTenant(db, tenantId, (tx) => endGrantTurn(tx, tenantId, at, ending));
  if (asked === null) {
    const overBecause =
      "The app gave no refresh token, so the access is over with its first token: ask for offline access in the scope";
    await end({ usedCode: null, overBecause });
    return noToken("connection", `${overBecause}; ${AGAIN}`);
  }
  const askedAtMs = clock.now().getTime();
  // Whoever waits may give up; the answer is kept all the same, since the refresh token that was sent may hold no more.
  const context = { signal: new AbortController().signal, timeoutMs: TURN_MS };
  const outcome = await requestToken({ dialer, now: () => clock.now(), tls }, codeGrantRequest(auth, asked), context);
  if (outcome.kind === "failed") {
    const isOver = outcome.error === "invalid_grant";
    // A code is good for one try: what it was refused for does not end the access that was given before it.
    const overBecause = isOver && (asked.kind === "refresh" || before === null) ? outcome.detail : null;
    await end({ usedCode: isOver ? usedCode : null, overBecause });
    return overBecause === null ? outcome : noToken("connection", `${overBecause}; ${AGAIN}`);
  }
  deps.crash("grant-issued");
  const { accessToken, expiresInSeconds, refreshToken } = outcome.tokens;
  const kept = asked.kind === "refresh" ? asked.refreshToken : null;
  const tokens: GrantTokens = {
    accessToken,
    usableUntilMs: usableUntil(askedAtMs, expiresInSeconds),
    refreshToken: refreshToken ?? kept,
  };
  const sealedTokens = sealGrant(keyring, key, { ...whose, column: "sealed_tokens" }, tokens);
  // Who was overtaken looks at what the other was given.
  if (!(await end({ sealedTokens, usedCode, overBecause: null }))) return null;
  return { kind: "token", accessToken, usableUntilMs: tokens.usableUntilMs };
}

/** What to ask with: a code that has come, else the refresh token; null when there is neither. */
function nextGrant(
  { keyring }: ConnectionCredentialsDeps,
  whose: WhoseCredentials,
  { grant, key }: Known,
  before: GrantTokens | null,
): CodeGrant | null {
  if (grant.sealedCode !== null)
    return { kind: "code", ...openGrant(keyring, key, { ...whose, column: "sealed_code" }, grant.sealedCode) };
  const refreshToken = before?.refreshToken ?? null;
  return refreshToken === null ? null : { kind: "refresh", refreshToken };
}

const nothingGiven = (): NoCredential =>
  noToken(
    "connection",
    "no administrator of the app has given access yet: begin with POST /api/v1/connections/{id}/consent",
  );

function noToken(kind: NoCredential["class"], detail: string): NoCredential {
  return { kind: "failed", class: kind, status: null, retryAfterMs: null, detail };
}
