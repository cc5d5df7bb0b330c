import { operations, type PortalLink, secondCodeFromS } from "@muster/contract";
import { createPortalLink, revokePortalLink } from "@muster/directory";
import { type Holder, inTenant, listPortalLinks, type PortalLinkView } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { ownerOfTenant } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";
import { isTokenId } from "./token-id.ts";

const DEFAULT_LIFETIME_S = 300;

/** Links by which the administrators of tenants come into the portal. */
export const portalLinkRoutes: readonly AdminRoute[] = [
  adminRoute(operations.createPortalLink, async (deps, { scope, params, body }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    const { rights = "manage", lifetimeS = DEFAULT_LIFETIME_S, embedIn: embedOrigin = null } = body;
    const secondCode = lifetimeS > secondCodeFromS;
    const link = await createPortalLink(
      deps,
      { ...owner, holder: holderOf(owner.actor) },
      { rights, lifetimeS, secondCode, embedOrigin },
    );
    const page = embedOrigin === null ? "enter" : `embed/${link.id}`;
    return {
      id: link.id,
      // Behind "#" it reaches no server, no log and no referrer (V82).
      url: `${deps.publicUrl}/${page}#${link.code}${link.secondCode === null ? "" : "+"}`,
      secondCode: link.secondCode,
      rights,
      createdAt: link.createdAt.toISOString(),
      expiresAt: link.expiresAt.toISOString(),
    };
  }),
  adminRoute(operations.listPortalLinks, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfTenant(deps, scope, params.tenantId);
    const wanted = readPage(query, isTokenId);
    const rows = await inTenant(deps.db, tenantId, (tx) => listPortalLinks(tx, tenantId, wanted));
    return toPage(rows, wanted, { idOf: byId, show });
  }),
  adminRoute(operations.revokePortalLink, async (deps, { scope, params }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    await revokePortalLink(deps, owner, params.linkId);
    return undefined;
  }),
];

/** Whose doing a link is; whoever came by one makes none. */
function holderOf(actor: string): Holder {
  const [kind, id = ""] = actor.split(":", 2);
  if (kind === "member") return { memberId: id };
  if (kind === "key") return { apiKeyId: id };
  throw new Error("Links are made by keys and members");
}

function show({ embedOrigin: embedIn, ...link }: PortalLinkView): PortalLink {
  return {
    ...link,
    embedIn,
    createdAt: link.createdAt.toISOString(),
    expiresAt: link.expiresAt.toISOString(),
    usedAt: isoOrNull(link.usedAt),
    revokedAt: isoOrNull(link.revokedAt),
  };
}
