import type { IncomingMessage } from "node:http";
import { csrfHeader } from "@muster/contract";
import { parseBearer, readToken } from "@muster/credentials";

/** What a request tells of the browser that sent it, if one did. */
export type Browser = {
  /** The token of its session cookie; null where it shows none. */
  session: string | null;
  /** The token of a session in a frame, which has no cookie; null where it shows none. */
  bearer: string | null;
  /** The token of the sign-in that it is under way with; null where there is none. */
  signIn: string | null;
  /** Whether the request changes something. */
  isWrite: boolean;
  /** Whether a page of ours sent it, as far as the browser says. */
  isOwnPage: boolean;
  csrfToken: string | null;
  /** Set where nobody asks for anything: a session is only looked at, and not kept alive. */
  isUnnoted?: true;
};

const SESSION = "muster_session";
const SIGN_IN = "muster_sign_in";
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * The name of a cookie of ours. Over https it has the prefix that browsers take only from this very host, over TLS and
 * for every path (RFC 6265bis section 4.1.3.2).
 */
function cookieName(publicUrl: string, name: string): string {
  return publicUrl.startsWith("https:") ? `__Host-${name}` : name;
}

/** Makes the reader of browsers; `publicUrl` is where the portal's pages come from. */
export function createBrowserReader(publicUrl: () => string): (req: IncomingMessage) => Browser {
  return (req) => ({
    session: readCookie(req.headers.cookie, cookieName(publicUrl(), SESSION)),
    bearer: readFramed(req.headers.authorization),
    signIn: readCookie(req.headers.cookie, cookieName(publicUrl(), SIGN_IN)),
    isWrite: !SAFE_METHODS.has(req.method ?? ""),
    isOwnPage: isOwnPage(req, publicUrl()),
    csrfToken: single(req.headers[csrfHeader.toLowerCase()]),
  });
}

// Fetch metadata cannot be written by a page; where a browser does not send it (plain http to another host) the origin is
// compared. What sends neither is no browser with a page of ours.
function isOwnPage(req: IncomingMessage, publicUrl: string): boolean {
  const site = single(req.headers["sec-fetch-site"]);
  if (site !== null) return site === "same-origin";
  const { origin } = req.headers;
  return origin !== undefined && URL.canParse(publicUrl) && origin === new URL(publicUrl).origin;
}

// Told from keys by how it begins, which no key does.
function readFramed(authorization: string | undefined): string | null {
  const token = parseBearer(authorization);
  return token !== null && readToken("session", token) !== null ? token : null;
}

function single(header: string | string[] | undefined): string | null {
  return typeof header === "string" ? header : null;
}

/** The cookie's value; null when there is none, or more than one, of which another host of the domain may have set one. */
function readCookie(header: string | undefined, name: string): string | null {
  const values = (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? (values[0] ?? null) : null;
}

/** The header that makes a browser keep a session for `maxAgeS` seconds; 0 takes it away. */
export function sessionCookie(publicUrl: string, token: string, maxAgeS: number): string {
  return cookie(publicUrl, SESSION, token, maxAgeS);
}

/** The same for a sign-in that is under way. It comes back with the browser from another site, by a link: so it is Lax, as sessions are. */
export function signInCookie(publicUrl: string, token: string, maxAgeS: number): string {
  return cookie(publicUrl, SIGN_IN, token, maxAgeS);
}

function cookie(publicUrl: string, name: string, token: string, maxAgeS: number): string {
  const secure = publicUrl.startsWith("https:") ? "; Secure" : "";
  return `${cookieName(publicUrl, name)}=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeS}${secure}`;
}
