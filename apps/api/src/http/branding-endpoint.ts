import { createHash } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { PublicBranding } from "@muster/contract";
import type { Logger } from "@muster/runtime";
import {
  type BrandingRecord,
  type Database,
  findPortalPlace,
  inWorkspace,
  mayFrame,
  readBranding,
} from "@muster/store";
import { type Answer, refuse, send, toAnswer } from "./answer.ts";
import type { Authenticator } from "./authenticate.ts";
import type { Caller } from "./caller.ts";

const PATH = /^\/branding\/([0-9A-Za-z]{12})(\/logo)?$/;
const NOTHING = "No link that lives has this id";

/** Whether a request is for how the portal looks to whoever has a link. */
export const isBrandingPath = (url: string): boolean => url.startsWith("/branding/");

/**
 * Serves `/branding/{linkId}` and its logo: how the portal looks to whoever comes by a link, before they are known and after. A link's
 * id opens nothing; what is told for it is what its page shows, while it lives.
 */
export function createBrandingEndpoint(
  deps: { db: Database; logger: Logger },
  authenticator: Pick<Authenticator, "lookAtLink">,
  callerOf: (req: IncomingMessage) => Caller,
): RequestListener {
  async function answer(req: IncomingMessage, res: ServerResponse): Promise<Answer | null> {
    const [, linkId = "", logo] = PATH.exec((req.url ?? "").split("?", 1).join("")) ?? [];
    if (linkId === "") return refuse(404, NOTHING);
    if (req.method !== "GET" && req.method !== "HEAD") return refuse(405, "Read only", { Allow: "GET, HEAD" });
    authenticator.lookAtLink(callerOf(req));
    const place = await findPortalPlace(deps.db, linkId);
    if (place === undefined) return refuse(404, NOTHING);
    const { workspaceId } = place;
    const branding = await inWorkspace(deps.db, workspaceId, (tx) => readBranding(tx, workspaceId));
    if (logo === undefined) return { status: 200, body: show(branding) };
    if (branding.logo === null) return refuse(404, "There is no logo");
    sendLogo(req, res, branding.logo);
    return null;
  }

  return (req, res) => {
    answer(req, res)
      .catch((error: unknown) => toAnswer(deps.logger, error))
      .then((done) => {
        if (done !== null) send(req, res, done);
      })
      .catch((error: unknown) => deps.logger.error({ error }, "an answer could not be sent"));
  };
}

/** The origin whose pages may frame a link's page now: while the link or its session lives, and the origin is still allowed. */
export async function readFrameOrigin(db: Database, linkId: string): Promise<string | null> {
  const place = await findPortalPlace(db, linkId);
  if (place === undefined || place.embedOrigin === null) return null;
  const { workspaceId, embedOrigin } = place;
  const isAllowed = await inWorkspace(db, workspaceId, (tx) => mayFrame(tx, workspaceId, embedOrigin));
  return isAllowed ? embedOrigin : null;
}

function show({ name, colour, logo }: BrandingRecord): PublicBranding {
  return { name, colour, hasLogo: logo !== null };
}

// A picture and nothing else, whatever its bytes look like to a browser.
function sendLogo(
  req: IncomingMessage,
  res: ServerResponse,
  { type, bytes }: NonNullable<BrandingRecord["logo"]>,
): void {
  res.writeHead(200, {
    "Content-Type": type,
    "Content-Length": bytes.byteLength,
    "Cache-Control": "private, max-age=300",
    ETag: `"${createHash("sha256").update(bytes).digest("base64url")}"`,
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
  });
  res.end(req.method === "HEAD" ? undefined : bytes);
}
