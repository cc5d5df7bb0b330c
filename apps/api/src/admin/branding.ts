import { type Branding, operations } from "@muster/contract";
import { updateBranding } from "@muster/directory";
import { type BrandingRecord, inWorkspace, readBranding } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";

/** How the portal looks to a workspace's customers, and in whose pages it may be framed. */
export const brandingRoutes: readonly AdminRoute[] = [
  adminRoute(operations.getBranding, async ({ db }, { scope: { workspaceId } }) =>
    show(await inWorkspace(db, workspaceId, (tx) => readBranding(tx, workspaceId))),
  ),
  adminRoute(operations.updateBranding, async (deps, { scope, body }) => {
    const { logo, name, colour, embedOrigins } = body;
    const edit = {
      ...(name === undefined ? {} : { name }),
      ...(colour === undefined ? {} : { colour }),
      ...(embedOrigins === undefined ? {} : { embedOrigins }),
      ...(logo === undefined ? {} : { logo: logo === null ? null : Buffer.from(logo, "base64") }),
    };
    return show(await updateBranding(deps, scope, edit));
  }),
];

function show({ name, colour, logo, embedOrigins }: BrandingRecord): Branding {
  return { name, colour, logo: logo === null ? null : { type: logo.type, bytes: logo.bytes.byteLength }, embedOrigins };
}
