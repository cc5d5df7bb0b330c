import { issueToken, type Keyring } from "@muster/credentials";
import { Refusal } from "@muster/runtime";
import {
  countLiveTokens,
  type Database,
  expireDirectoryToken,
  insertAudit,
  insertDirectoryToken,
  inTenant,
  listDirectories,
  lockDirectory,
  revokeDirectoryToken,
  type TokenKind,
  type Tx,
} from "@muster/store";
import type { TenantScope } from "./onboarding.ts";

const DEFAULT_DAYS = 365;
const DEFAULT_OVERLAP_HOURS = 24;
/** Two, so that a token can be changed without a gap, and no more, so that a forgotten one shows. */
const MAX_LIVE_TOKENS = 2;

/** What is asked for when a token or client is issued; everything has a default. */
export type IssueTerms = {
  /** Null means everything; left out: what the replaced one may do, else everything. */
  scopes?: readonly string[] | null | undefined;
  expiresInDays?: number | undefined;
  /** The public id of the one that this is to replace. */
  replaces?: string | undefined;
  /** How long the replaced one stays good; 0 is no longer. */
  overlapHours?: number | undefined;
};

export type IssuedCredential = {
  id: string;
  /** In clear, this once. */
  secret: string;
  scopes: readonly string[] | null;
  expiresAt: Date;
};
export type IssuingDeps = { db: Database; keyring: Keyring };

const OF_KIND = {
  bearer: { issued: "scim", word: "token", action: "token.create" },
  client: { issued: "client", word: "client", action: "client.create" },
} as const;

/**
 * Issues a further token, or a client for OAuth, so that the present one can be replaced without a gap.
 *
 * @throws {Refusal} "conflict" beside two live ones, "invalid" when `replaces` names no live one of this kind here
 */
export async function issueCredential(
  deps: IssuingDeps,
  scope: TenantScope,
  input: { directoryId: string; kind: TokenKind; terms: IssueTerms },
): Promise<IssuedCredential> {
  const { tenantId, workspaceId, actor } = scope;
  const { directoryId, kind, terms } = input;
  const { word, action } = OF_KIND[kind];
  return await inTenant(
    deps.db,
    tenantId,
    async (tx) => {
      await refuseUnknownDirectory(tx, scope, directoryId);
      await lockDirectory(tx, tenantId, directoryId);
      const scopes = await replaceOld(tx, scope, input);
      if ((await countLiveTokens(tx, tenantId, { directoryId, kind })) >= MAX_LIVE_TOKENS)
        throw new Refusal(
          "conflict",
          `This directory has ${MAX_LIVE_TOKENS} live ${word}s: revoke one first, or replace one with overlapHours 0`,
        );
      const issued = await issueInto(deps, tx, scope, { directoryId, kind, scopes, days: terms.expiresInDays });
      await insertAudit(tx, tenantId, { actor, action, target: issued.id });
      return issued;
    },
    workspaceId,
  );
}

/** Lets the replaced one run out; answers what the new one may do. */
async function replaceOld(
  tx: Tx,
  scope: TenantScope,
  { directoryId, kind, terms }: { directoryId: string; kind: TokenKind; terms: IssueTerms },
): Promise<readonly string[] | null> {
  const { replaces, overlapHours, scopes } = terms;
  if (replaces === undefined) {
    if (overlapHours !== undefined)
      throw new Refusal("invalid", "overlapHours says how long a replaced one stays good: name that one in replaces");
    return scopes ?? null;
  }
  const hours = overlapHours ?? DEFAULT_OVERLAP_HOURS;
  const old = await expireDirectoryToken(tx, scope.tenantId, { directoryId, kind, publicId: replaces, hours });
  if (old === undefined)
    throw new Refusal("invalid", `replaces: this directory has no live ${OF_KIND[kind].word} ${replaces}`);
  await insertAudit(tx, scope.tenantId, { actor: scope.actor, action: "token.replace", target: replaces });
  return scopes === undefined ? old.scopes : scopes;
}

/** Makes a token or client in the caller's transaction, whose workspace must be set. */
export async function issueInto(
  deps: { keyring: Keyring },
  tx: Tx,
  scope: TenantScope,
  wanted: { directoryId: string; kind: TokenKind; scopes?: readonly string[] | null; days?: number | undefined },
): Promise<IssuedCredential> {
  const { directoryId, kind, scopes = null, days = DEFAULT_DAYS } = wanted;
  const { token, publicId, last4, digest, pepperId } = issueToken(deps.keyring, OF_KIND[kind].issued);
  const expiresAt = await insertDirectoryToken(tx, scope.tenantId, scope.workspaceId, {
    publicId,
    last4,
    directoryId,
    digest,
    pepperId,
    kind,
    scopes,
    expiresInDays: days,
  });
  return { id: publicId, secret: token, scopes, expiresAt };
}

/** Revokes a token or client, and with a client all its access tokens; every process refuses it within a second. */
export async function revokeToken(
  deps: { db: Database },
  scope: TenantScope,
  token: { directoryId: string; id: string },
): Promise<void> {
  await inTenant(deps.db, scope.tenantId, async (tx) => {
    await refuseUnknownDirectory(tx, scope, token.directoryId);
    if (!(await revokeDirectoryToken(tx, scope.tenantId, { directoryId: token.directoryId, publicId: token.id })))
      throw new Refusal("notFound", `This directory has no live token ${token.id}`);
    await insertAudit(tx, scope.tenantId, { actor: scope.actor, action: "token.revoke", target: token.id });
  });
}

async function refuseUnknownDirectory(tx: Tx, scope: TenantScope, directoryId: string): Promise<void> {
  const [known] = await listDirectories(tx, scope.tenantId, { id: directoryId, limit: 1 });
  if (known === undefined) throw new Refusal("notFound", `There is no directory ${directoryId}`);
}
