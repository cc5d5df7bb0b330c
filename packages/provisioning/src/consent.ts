import { hash, randomBytes } from "node:crypto";
import type { AuthorizationCodeAuth } from "@muster/connectors";
import type { Keyring } from "@muster/credentials";
import { Refusal } from "@muster/runtime";
import {
  type AppGrant,
  askGrant,
  type Database,
  getDataKey,
  getGrant,
  giveGrant,
  insertAudit,
  inTenant,
  inTrace,
  type TenantId,
  type Tx,
  takeGrant,
  unholdLane,
} from "@muster/store";
import { openAuth, tenantKey } from "./connection-secret.ts";
import { enable, type Owner, requireConnection } from "./connections.ts";
import { openGrant, sealGrant } from "./grant-secrets.ts";

type Deps = { db: Database; keyring: Keyring };

/** How long somebody who was sent to the app has to come back. */
const ASKED_MINUTES = 10;
const UUID_BYTES = 16;
const STATE_BYTES = 32;

/** Begins to ask for access: where to send the administrator of the app, and until when they may come back. */
export async function beginConsent(
  deps: Deps,
  owner: Owner,
  asked: { connectionId: string; redirectUri: string },
): Promise<{ authorizationUrl: string; expiresAt: Date }> {
  const { tenantId, actor } = owner;
  const { connectionId, redirectUri } = asked;
  const state = newState(tenantId);
  const codeVerifier = randomBytes(STATE_BYTES).toString("base64url");
  return await inTrace(deps.db, owner, async (tx) => {
    const connection = await requireConnection(tx, tenantId, connectionId);
    const { auth } = await openAuth(deps.keyring, tx, connection, tenantId);
    if (auth.scheme !== "oauthAuthorizationCode")
      throw new Refusal(
        "conflict",
        `This connection signs in by ${auth.scheme}: there is nothing to consent to. Give it a target.auth of scheme oauthAuthorizationCode first`,
      );
    const key = await tenantKey(deps.keyring, tx, tenantId);
    const at = { tenantId, connectionId, column: "sealed_verifier" as const };
    const sealedVerifier = sealGrant(deps.keyring, key, at, { codeVerifier, redirectUri });
    const kept = { connectionId, keyId: key.id, stateDigest: digestOf(state), askedBy: actor, sealedVerifier };
    const expiresAt = await askGrant(tx, tenantId, { ...kept, minutes: ASKED_MINUTES });
    await insertAudit(tx, tenantId, { actor, action: "connection.consent.ask", target: connectionId });
    return { authorizationUrl: authorizationUrl(auth, { state, codeVerifier, redirectUri }), expiresAt };
  });
}

/** RFC 6749 section 4.1.1 and RFC 7636 section 4.3. */
function authorizationUrl(
  auth: AuthorizationCodeAuth,
  { state, codeVerifier, redirectUri }: { state: string; codeVerifier: string; redirectUri: string },
): string {
  const url = new URL(auth.authorizationUrl);
  const wanted = {
    response_type: "code",
    client_id: auth.clientId,
    redirect_uri: redirectUri,
    state,
    code_challenge: hash("sha256", codeVerifier, "base64url"),
    code_challenge_method: "S256",
    scope: auth.scope,
    audience: auth.audience,
    resource: auth.resource,
  };
  for (const [name, value] of Object.entries(wanted)) if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}

/** A state tells its tenant to whoever made it, and nothing to anybody who did not. */
function newState(tenantId: TenantId): string {
  return Buffer.concat([Buffer.from(tenantId.replaceAll("-", ""), "hex"), randomBytes(STATE_BYTES)]).toString(
    "base64url",
  );
}

/** The tenant that a state is of; null when it is none of ours. */
export function tenantOfState(state: string): TenantId | null {
  const bytes = Buffer.from(state, "base64url");
  if (bytes.length !== UUID_BYTES + STATE_BYTES || bytes.toString("base64url") !== state) return null;
  const hex = bytes.subarray(0, UUID_BYTES).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const digestOf = (state: string): Buffer => hash("sha256", state, "buffer");

/**
 * Takes the app's answer, once, from the administrator who asked, in time (V80); a worker turns it into tokens. Without a code the
 * app refused: then only the asking is over. Refuses everything else in the same words.
 */
export async function finishConsent(
  deps: Deps,
  owner: Owner,
  answer: { state: string; code: string | null },
): Promise<{ connectionId: string }> {
  const { tenantId, actor } = owner;
  const { state, code } = answer;
  return await inTrace(deps.db, owner, async (tx) => {
    const taken = await takeGrant(tx, tenantId, { stateDigest: digestOf(state), askedBy: actor });
    if (taken === undefined)
      throw new Refusal(
        "invalid",
        "state: it is unknown, was used before, is older than ten minutes, or was given to somebody else: begin again with POST /api/v1/connections/{id}/consent",
      );
    const { connectionId } = taken;
    const action = code === null ? "connection.consent.refuse" : "connection.consent.give";
    await insertAudit(tx, tenantId, { actor, action, target: connectionId });
    if (code !== null) await give(deps.keyring, tx, owner, { ...taken, code });
    return { connectionId };
  });
}

async function give(
  keyring: Keyring,
  tx: Tx,
  { tenantId, actor }: Owner,
  taken: { connectionId: string; keyId: string; sealedVerifier: Buffer; code: string },
): Promise<void> {
  const { connectionId } = taken;
  const key = await getDataKey(tx, tenantId, taken.keyId);
  if (key === undefined) throw new Error(`Data key ${taken.keyId} does not exist`);
  const at = { tenantId, connectionId };
  const verifier = openGrant(keyring, key, { ...at, column: "sealed_verifier" }, taken.sealedVerifier);
  const sealedCode = sealGrant(keyring, key, { ...at, column: "sealed_code" }, { ...verifier, code: taken.code });
  await giveGrant(tx, tenantId, { connectionId, sealedCode, givenBy: actor });
  // As with any new credential: the lane is tried at once.
  await unholdLane(tx, tenantId, connectionId);
  await enable(tx, tenantId, await requireConnection(tx, tenantId, connectionId));
}

/** How a connection's access stands. */
export type Consent = {
  state: "none" | "asked" | "given" | "over";
  givenAt: Date | null;
  givenBy: string | null;
  askedUntil: Date | null;
  reason: string | null;
};

/** Reads how a connection's access stands: given, asked for, over, or none of these. */
export async function readConsent(deps: { db: Database }, owner: Owner, connectionId: string): Promise<Consent> {
  const { tenantId } = owner;
  return await inTenant(deps.db, tenantId, async (tx) => {
    await requireConnection(tx, tenantId, connectionId);
    const grant = await getGrant(tx, tenantId, connectionId);
    const { givenAt = null, givenBy = null, askedUntil = null, overBecause = null } = grant ?? {};
    return { state: stateOf(grant), givenAt, givenBy, askedUntil, reason: overBecause };
  });
}

function stateOf(grant: AppGrant | undefined): Consent["state"] {
  if (grant === undefined) return "none";
  if (grant.overBecause !== null) return "over";
  if (grant.sealedCode !== null || grant.sealedTokens !== null) return "given";
  return grant.askedUntil === null ? "none" : "asked";
}
