import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import path from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Logger } from "@muster/runtime";
import { AccessRefused } from "./access-refused.ts";

/** Where `npm run build` puts the portal. */
const FOLDER = path.join(import.meta.dirname, "../../../portal/dist");
const PAGE = "index.html";
/** What the page holds in place of the nonce that each answer makes anew. */
const NONCE_MARK = /__NONCE__/g;
const BASE_TAG = '<base href="/" />';
/** Files whose names change with what they hold. */
const HASHED = "assets/";
/** The pages of a link that was made to be framed. */
const FRAMED = /^\/embed\/([0-9A-Za-z]{12})(?:[/?]|$)/;
/** Below these nothing is a page, whatever a browser asks for. */
const NOT_PAGES = /^\/(?:api|scim|oauth|session|assets|branding\/[0-9A-Za-z]{12}|\.well-known)(?:\/|$)/;

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

type File = { type: string; body: Buffer; zipped: Buffer };

export type PortalFiles = {
  /** Whether it was built. */
  isThere: boolean;
  /** Answers a request for a page of the portal or for what one loads; false for all others. */
  handle(req: IncomingMessage, res: ServerResponse): boolean;
};

/**
 * Serves the portal's one page, under every path that a browser asks for as a page, and the files that it loads. They are read
 * and compressed when first asked for. The page runs only what came with it: scripts by origin, styles by origin or nonce (D17).
 */
export function createPortalFiles(deps: {
  logger: Logger;
  publicUrl(): string;
  /** The origin whose pages may frame the page of this link, which a request asks for; null for none. */
  framedBy(linkId: string, req: IncomingMessage): Promise<string | null>;
}): PortalFiles {
  const isThere = existsSync(path.join(FOLDER, PAGE));
  let files: Promise<Map<string, File>> | undefined;
  const load = (): Promise<Map<string, File>> => (files ??= readFiles(FOLDER));

  const serve = async (req: IncomingMessage, res: ServerResponse, name: string): Promise<void> => {
    const linkId = FRAMED.exec(req.url ?? "")?.[1];
    const file = (await load()).get(name);
    if (file === undefined) return sendText(res, 404, "There is no such file");
    if (name === PAGE) {
      const framedBy = linkId === undefined ? null : await deps.framedBy(linkId, req);
      return sendPage(res, file.body.toString("utf8"), { publicUrl: deps.publicUrl(), framedBy });
    }
    const isZipped = /\bgzip\b/.test(String(req.headers["accept-encoding"] ?? ""));
    const body = isZipped ? file.zipped : file.body;
    res.writeHead(200, {
      "Content-Type": file.type,
      "Content-Length": body.byteLength,
      "Cache-Control": name.startsWith(HASHED) ? "public, max-age=31536000, immutable" : "public, max-age=3600",
      "Cross-Origin-Resource-Policy": "same-origin",
      "X-Content-Type-Options": "nosniff",
      Vary: "Accept-Encoding",
      ...(isZipped ? { "Content-Encoding": "gzip" } : {}),
    });
    res.end(req.method === "HEAD" ? undefined : body);
  };

  return {
    isThere,
    handle(req, res) {
      if (req.method !== "GET" && req.method !== "HEAD") return false;
      const target = (req.url ?? "").split("?", 1).join("");
      const name = isPage(req, target) ? PAGE : fileName(target);
      if (name === null) return false;
      if (!isThere) {
        if (name !== PAGE) return false;
        sendText(res, 503, "The portal is not built here. Run npm run build, then start again.");
        return true;
      }
      serve(req, res, name).catch((error: unknown) => {
        if (error instanceof AccessRefused) return sendText(res, error.status, error.message);
        deps.logger.error({ error }, "a file of the portal could not be sent");
        if (!res.headersSent) sendText(res, 500, "Something went wrong here");
      });
      return true;
    },
  };
}

/** Adds the portal in front of a listener. */
export function withPortal(portal: PortalFiles, rest: RequestListener): RequestListener {
  return (req, res) => {
    if (!portal.handle(req, res)) rest(req, res);
  };
}

// Only a browser that goes to an address wants a page: whatever calls an API is answered by the API, unknown paths too.
function isPage(req: IncomingMessage, target: string): boolean {
  return (req.headers.accept ?? "").includes("text/html") && !NOT_PAGES.test(target) && !/\.[a-z0-9]+$/.test(target);
}

function fileName(target: string): string | null {
  return target === "/favicon.svg" || target.startsWith(`/${HASHED}`) ? target.slice(1) : null;
}

async function readFiles(folder: string): Promise<Map<string, File>> {
  const names = await readdir(folder, { recursive: true });
  const known = names.filter((name) => Object.hasOwn(TYPES, path.extname(name)));
  const read = known.map(async (name): Promise<[string, File]> => {
    const body = await readFile(path.join(folder, name));
    const zipped = await promisify(gzip)(body, { level: 9 });
    return [name.split(path.sep).join("/"), { type: TYPES[path.extname(name)] ?? "", body, zipped }];
  });
  return new Map(await Promise.all(read));
}

type Place = { publicUrl: string; framedBy: string | null };

function sendPage(res: ServerResponse, page: string, { publicUrl, framedBy }: Place): void {
  const nonce = randomBytes(18).toString("base64url");
  const { protocol, pathname } = new URL(publicUrl);
  const base = BASE_TAG.replace("/", `${pathname.replace(/\/+$/, "")}/`);
  const body = Buffer.from(page.replace(NONCE_MARK, nonce).replace(BASE_TAG, base), "utf8");
  res.writeHead(200, {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Length": body.byteLength,
    "Cache-Control": "no-store",
    "Content-Security-Policy": policy(nonce, framedBy),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    ...(protocol === "https:" ? { "Strict-Transport-Security": "max-age=31536000" } : {}),
  });
  res.end(body);
}

// Attributes of style are the library's way to place what floats; they cannot run anything.
function policy(nonce: string, framedBy: string | null): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'self'",
    "form-action 'none'",
    `frame-ancestors ${framedBy ?? "'none'"}`,
  ].join("; ");
}

function sendText(res: ServerResponse, status: number, text: string): void {
  res
    .writeHead(status, {
      "Content-Type": "text/plain; charset=utf-8",
      "Content-Length": Buffer.byteLength(text),
      "Cache-Control": "no-store",
      "Content-Security-Policy": "default-src 'none'",
      "X-Content-Type-Options": "nosniff",
    })
    .end(text);
}
