import { randomInt } from "node:crypto";
import { digestToken, issueToken, type Keyring, verifyCredential } from "@muster/credentials";
import { Refusal } from "@muster/runtime";
import {
  type Database,
  failPortalLink,
  type Holder,
  insertAudit,
  insertPortalLink,
  inTenant,
  mayFrame,
  type PortalLinkRecord,
  type PortalRights,
  revokePortalLink as storeRevocation,
  type Tx,
} from "@muster/store";
import type { TenantScope } from "./onboarding.ts";

/** A link as it is made: its codes are in clear this once. */
export type IssuedPortalLink = {
  id: string;
  code: string;
  /** Null where the link lives too shortly to need one. */
  secondCode: string | null;
  createdAt: Date;
  expiresAt: Date;
};

const SECOND_CODE_DIGITS = 8;

/**
 * Makes a link by which an administrator of the tenant comes into the portal, once (D12). With `secondCode` the link alone opens
 * nothing: somebody may forward a mail, or read it. With `embedOrigin` it opens in a frame of that origin's pages, and nowhere else.
 *
 * @throws {Refusal} "invalid" where that origin may not frame the portal, "conflict" where the tenant is suspended
 */
export async function createPortalLink(
  deps: { db: Database; keyring: Keyring },
  scope: TenantScope & { holder: Holder },
  input: { rights: PortalRights; lifetimeS: number; secondCode: boolean; embedOrigin: string | null },
): Promise<IssuedPortalLink> {
  const { db, keyring } = deps;
  const { tenantId, workspaceId, actor, holder } = scope;
  const { token: code, publicId, digest, pepperId } = issueToken(keyring, "portal");
  const secondCode = input.secondCode
    ? String(randomInt(10 ** SECOND_CODE_DIGITS)).padStart(SECOND_CODE_DIGITS, "0")
    : null;
  const secondDigest = secondCode === null ? null : digestToken(keyring, boundTo(publicId, secondCode));
  const { rights, lifetimeS, embedOrigin } = input;
  const make = async (tx: Tx) => {
    if (embedOrigin !== null && !(await mayFrame(tx, workspaceId, embedOrigin)))
      throw new Refusal(
        "invalid",
        `Pages of ${embedOrigin} may not frame the portal: add it to the branding's embedOrigins`,
      );
    await insertAudit(tx, tenantId, { actor, action: "portal-link.create", target: publicId });
    const link = { publicId, workspaceId, tenantId, holder, rights, digest, pepperId, secondDigest, embedOrigin };
    const times = await insertPortalLink(tx, link, lifetimeS);
    if (times !== undefined) return times;
    throw new Refusal("conflict", "This customer is suspended, which ends all of their links: resume them first");
  };
  const times = await inTenant(db, tenantId, make, workspaceId);
  return { id: publicId, code, secondCode, ...times };
}

/** What a second code is kept as goes with its link, because eight digits are found by trying. */
const boundTo = (linkId: string, secondCode: string): string => `portal-second:${linkId}:${secondCode}`;

/** Tells whether a link needs no second code, or this is it. */
export function isSecondCode(
  keyring: Keyring,
  link: Pick<PortalLinkRecord, "publicId" | "pepperId" | "secondDigest">,
  secondCode: string,
): boolean {
  const { publicId, pepperId, secondDigest: digest } = link;
  return digest === null || verifyCredential(keyring, boundTo(publicId, secondCode), { digest, pepperId });
}

/** Counts a wrong second code against a link; that the last one ended it stands in the audit. */
export async function refuseSecondCode(
  deps: { db: Database },
  { tenantId, publicId }: Pick<PortalLinkRecord, "tenantId" | "publicId">,
  actor: string,
): Promise<void> {
  await inTenant(deps.db, tenantId, async (tx) => {
    if (await failPortalLink(tx, tenantId, publicId))
      await insertAudit(tx, tenantId, { actor, action: "portal-link.fail", target: publicId });
  });
}

/**
 * Ends a link, and the session that was begun with it.
 *
 * @throws {Refusal} "notFound" when the tenant has no such link that has not ended
 */
export async function revokePortalLink(deps: { db: Database }, scope: TenantScope, id: string): Promise<void> {
  const { tenantId, actor } = scope;
  await inTenant(deps.db, tenantId, async (tx) => {
    if (!(await storeRevocation(tx, tenantId, id)))
      throw new Refusal("notFound", `This tenant has no link ${id} that could be revoked`);
    await insertAudit(tx, tenantId, { actor, action: "portal-link.revoke", target: id });
  });
}
