import Type, { type Static } from "typebox";
import { embedOrigin } from "./branding.ts";
import type { Operation } from "./operation.ts";
import { tenantParams } from "./operation-params.ts";
import { PageQuery, pageOf } from "./page.ts";
import { closed, id, nullable, oneOf, timestamp, tokenId } from "./primitives.ts";

/** What the administrator of a tenant may do who came by a link. */
export const portalRights = ["setup", "manage", "view"] as const;
export type PortalRightsName = (typeof portalRights)[number];

const rights = oneOf(portalRights, {
  description:
    "setup: connect the directory; manage: that, and who gets which access; view: look at everything, change nothing",
});

/** From this lifetime on a link needs its second code. */
export const secondCodeFromS = 3_600;

export const CreatePortalLinkRequest = closed(
  {
    rights: Type.Optional(rights),
    lifetimeS: Type.Optional(
      Type.Integer({
        minimum: 60,
        maximum: 604_800,
        default: 300,
        description: `seconds until it must be used; a link of more than ${secondCodeFromS} comes with a second code`,
      }),
    ),
    embedIn: Type.Optional(embedOrigin),
  },
  {
    title: "CreatePortalLinkRequest",
    description:
      "Without rights: manage. With embedIn, one of the branding's embedOrigins, it opens in a frame of that origin's pages.",
  },
);
export type CreatePortalLinkRequest = Static<typeof CreatePortalLinkRequest>;

export const CreatedPortalLink = closed(
  {
    id: tokenId,
    url: Type.String({ description: "good for one sign-in; shown this once" }),
    secondCode: nullable(
      Type.String({ description: "to be told by another way than the link; null where it needs none" }),
    ),
    rights,
    createdAt: timestamp,
    expiresAt: timestamp,
  },
  { title: "CreatedPortalLink" },
);
export type CreatedPortalLink = Static<typeof CreatedPortalLink>;

export const PortalLink = closed(
  {
    id: tokenId,
    rights,
    needsSecondCode: Type.Boolean(),
    createdBy: Type.String(),
    createdAt: timestamp,
    expiresAt: timestamp,
    usedAt: nullable(timestamp),
    revokedAt: nullable(timestamp),
    embedIn: nullable(Type.String({ description: "the origin whose pages may frame it" })),
  },
  { title: "PortalLink" },
);
export type PortalLink = Static<typeof PortalLink>;

export const PortalLinkPage = pageOf("PortalLinkPage", PortalLink);
export type PortalLinkPage = Static<typeof PortalLinkPage>;

/** Links by which the administrators of tenants come into the portal. */
export const portalLinkOperations = {
  createPortalLink: {
    id: "createPortalLink",
    tag: "portal links",
    method: "post",
    path: "/api/v1/tenants/{tenantId}/portal-links",
    summary: "Make a link by which an administrator of the tenant comes into the portal, once",
    params: tenantParams,
    body: CreatePortalLinkRequest,
    bodyOptional: true,
    success: { status: 201, schema: CreatedPortalLink },
  },
  listPortalLinks: {
    id: "listPortalLinks",
    tag: "portal links",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/portal-links",
    summary: "List the links of a tenant, newest first, for a month after they ended",
    params: tenantParams,
    query: PageQuery,
    success: { status: 200, schema: PortalLinkPage },
  },
  revokePortalLink: {
    id: "revokePortalLink",
    tag: "portal links",
    method: "delete",
    path: "/api/v1/tenants/{tenantId}/portal-links/{linkId}",
    summary: "End a link, and the session that was begun with it",
    params: closed({ tenantId: id, linkId: tokenId }),
    success: { status: 204 },
  },
} as const satisfies Record<string, Operation>;
