import Type, { type Static } from "typebox";
import type { Operation } from "./operation.ts";
import { noParams } from "./operation-params.ts";
import { closed, matching, name, nullable, oneOf } from "./primitives.ts";

/** An origin as a browser writes it, which the frame's policy names: a host, and no wildcard, path or query. */
export const embedOrigin = matching(
  "^(?:https://(?!-)[a-z0-9.-]{1,253}|http://(?:localhost|127\\.0\\.0\\.1))(?::(?!0)[0-9]{1,5})?$",
  280,
  "an origin such as https://app.example.com, in lower case, without path or wildcard; http for localhost only",
);

const colour = matching("^#[0-9a-f]{6}$", 7, "a colour as # and six hexadecimal digits in lower case");

/** A logo of 64 KiB, in base64. */
const logoData = matching(
  "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
  87_384,
  "a PNG or JPEG of at most 64 KiB and 1024 by 1024 pixels, in base64; SVG can hold scripts and is not taken",
);

const MAX_ORIGINS = 20;

export const Branding = closed(
  {
    name: nullable(Type.String()),
    colour: nullable(Type.String()),
    logo: Type.Unsafe<{ type: "image/png" | "image/jpeg"; bytes: number } | null>({
      ...closed({ type: oneOf(["image/png", "image/jpeg"]), bytes: Type.Integer({ minimum: 1 }) }),
      type: ["object", "null"],
    }),
    embedOrigins: Type.Array(Type.String()),
  },
  { title: "Branding" },
);
export type Branding = Static<typeof Branding>;

export const UpdateBrandingRequest = closed(
  {
    name: Type.Optional(nullable(name)),
    colour: Type.Optional(nullable(colour)),
    logo: Type.Optional(nullable(logoData)),
    embedOrigins: Type.Optional(Type.Array(embedOrigin, { maxItems: MAX_ORIGINS, uniqueItems: true })),
  },
  { title: "UpdateBrandingRequest", minProperties: 1, description: "What is left out stays; null takes it away." },
);
export type UpdateBrandingRequest = Static<typeof UpdateBrandingRequest>;

/** How the portal looks to whoever comes by a link of a tenant, as it is told to their browser before they are known. */
export type PublicBranding = { name: string | null; colour: string | null; hasLogo: boolean };

/** How the portal looks to customers, and in whose pages it may stand. */
export const brandingOperations = {
  getBranding: {
    id: "getBranding",
    tag: "branding",
    method: "get",
    path: "/api/v1/branding",
    summary: "Read how the portal looks to your customers, and in whose pages it may be framed",
    params: noParams,
    success: { status: 200, schema: Branding },
  },
  updateBranding: {
    id: "updateBranding",
    tag: "branding",
    method: "patch",
    path: "/api/v1/branding",
    summary: "Change how the portal looks to your customers, or in whose pages it may be framed",
    params: noParams,
    body: UpdateBrandingRequest,
    success: { status: 200, schema: Branding },
  },
} as const satisfies Record<string, Operation>;
