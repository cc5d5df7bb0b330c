import { networkInterfaces } from "node:os";
import type { SecureContext } from "node:tls";
import { Pool } from "undici";
import { DialError } from "./dial/dial-error.ts";
import { type DialTls, secureContextOf } from "./dial/dial-tls.ts";
import { checkOrigin, type EgressPolicy, type Origin } from "./dial/egress-policy.ts";
import { type DialMethod, type DialReply, exchange } from "./dial/exchange.ts";
import { createSocketOpener } from "./dial/open-socket.ts";
import { canonicalAddress } from "./dial/public-address.ts";
import { defaultResolver, type ResolveName } from "./dial/resolve-name.ts";

export type DialRequest = {
  url: string;
  method: DialMethod;
  headers: Readonly<Record<string, string>>;
  body?: string;
  /** TLS of whoever asks, if it is not the usual. */
  tls?: DialTls;
  signal: AbortSignal;
  /** From now to the last byte of the reply, waiting for a free connection included. */
  timeoutMs: number;
};

export type Dialer = {
  request(request: DialRequest): Promise<DialReply>;
  stats(): { origins: number; inFlight: number };
  close(): Promise<void>;
};

export type DialerOptions = {
  resolve?: ResolveName;
  dnsTimeoutMs?: number;
  connectTimeoutMs?: number;
  idleTimeoutMs?: number;
  /** A connection is not reused beyond this age, so that a target's move in DNS is followed in the end. */
  connectionTtlMs?: number;
  maxHeaderBytes?: number;
  maxBodyBytes?: number;
  maxInflatedBytes?: number;
  maxConnectionsPerOrigin?: number;
  maxOrigins?: number;
  /** Trusted besides Node's own list; PEM. */
  ca?: string;
  /** This machine's addresses, which stay out of reach even when they are public. */
  ownAddresses?: readonly string[];
};

const DEFAULTS = {
  dnsTimeoutMs: 3_000,
  connectTimeoutMs: 5_000,
  idleTimeoutMs: 60_000,
  connectionTtlMs: 600_000,
  maxHeaderBytes: 16 * 1024,
  maxBodyBytes: 1024 * 1024,
  maxInflatedBytes: 4 * 1024 * 1024,
  // Several tenants may share one origin; each lane has 4 in flight.
  maxConnectionsPerOrigin: 64,
  maxOrigins: 512,
} satisfies DialerOptions;

type Settings = typeof DEFAULTS & Pick<DialerOptions, "resolve" | "ca">;
type OpenOrigin = { pool: Pool; inFlight: number };

/**
 * Makes the only way out of the process for HTTP: public https, or what the policy lists; no redirects; every reply capped.
 * Its requests never reject: what went wrong, and whether the server may have seen the request, is in the reply.
 */
export function createDialer(policy: EgressPolicy, options: DialerOptions = {}): Dialer {
  const settings: Settings = { ...DEFAULTS, ...options };
  const ownAddresses = new Set(
    (options.ownAddresses ?? localAddresses()).map((text) => canonicalAddress(text) ?? text),
  );
  const limits = { maxBodyBytes: settings.maxBodyBytes, maxInflatedBytes: settings.maxInflatedBytes };
  // In order of last use: the first idle one is the one to close.
  const origins = new Map<string, OpenOrigin>();
  let inFlight = 0;

  // An origin counts once for each TLS it is spoken to with: what one owner's certificate opened is never another's.
  function originFor(originText: string, tls: DialTls | undefined): OpenOrigin {
    const key = tls === undefined ? originText : `${originText} ${tls.id}`;
    const known = origins.get(key);
    if (known) {
      origins.delete(key);
      origins.set(key, known);
      return known;
    }
    const origin = checkOrigin(policy, originText);
    const opened = { pool: openPool(policy, ownAddresses, settings, origin, tls), inFlight: 0 };
    origins.set(key, opened);
    return opened;
  }

  // More origins than allowed are kept only while they are busy, so requests in flight bound them.
  function closeSurplus(): void {
    for (const [text, origin] of origins) {
      if (origins.size <= settings.maxOrigins) return;
      if (origin.inFlight > 0) continue;
      origins.delete(text);
      void origin.pool.destroy();
    }
  }

  async function request(call: DialRequest): Promise<DialReply> {
    let origin: OpenOrigin;
    let path: string;
    try {
      const start = pathStart(call.url);
      path = checkedPath(call.url.slice(start), call.headers);
      origin = originFor(call.url.slice(0, start), call.tls);
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
      return { kind: "failed", sent: false, code: error.code, detail: error.message, status: null };
    }
    const { method, headers, body, signal, timeoutMs } = call;
    origin.inFlight += 1;
    inFlight += 1;
    try {
      return await exchange(origin.pool, { path, method, headers, body, signal, timeoutMs }, limits);
    } finally {
      origin.inFlight -= 1;
      inFlight -= 1;
      if (origins.size > settings.maxOrigins) closeSurplus();
    }
  }

  return {
    request,
    stats: () => ({ origins: origins.size, inFlight }),
    async close() {
      const pools = [...origins.values()].map((origin) => origin.pool.destroy());
      origins.clear();
      await Promise.all(pools);
    },
  };
}

function openPool(
  policy: EgressPolicy,
  ownAddresses: ReadonlySet<string>,
  settings: Settings,
  origin: Origin,
  tls: DialTls | undefined,
): Pool {
  const resolve = settings.resolve ?? defaultResolver(origin, policy.networks.length > 0);
  const { dnsTimeoutMs, connectTimeoutMs, ca } = settings;
  const limits = { dnsTimeoutMs, connectTimeoutMs };
  const secureContext = origin.secure ? secureContextFor(tls, ca) : undefined;
  const open = createSocketOpener({ policy, ownAddresses, resolve, ...limits, secureContext }, origin);
  return new Pool(origin.text, {
    connect(_options, callback) {
      open().then(
        (socket) => callback(null, socket),
        (error: Error) => callback(error, null),
      );
    },
    connections: settings.maxConnectionsPerOrigin,
    clientTtl: settings.connectionTtlMs,
    keepAliveTimeout: settings.idleTimeoutMs,
    keepAliveMaxTimeout: settings.idleTimeoutMs,
    maxHeaderSize: settings.maxHeaderBytes,
    pipelining: 1,
    allowH2: false,
    // The deadline of each request covers all of its phases.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** Material that is broken is refused when it is saved; should it come here all the same, nothing is sent without it. */
function secureContextFor(tls: DialTls | undefined, ca: string | undefined): SecureContext | undefined {
  const own = tls?.material ?? {};
  const trusted = [ca, own.ca].filter((text) => text !== undefined);
  try {
    return secureContextOf({ ...own, ca: trusted.length === 0 ? undefined : trusted.join("\n") });
  } catch (error) {
    throw new DialError("the certificate, its key or the CA of this connection cannot be used", {
      code: "tls",
      cause: error,
    });
  }
}

/** Finds where the path begins, so that the part before it is parsed once per origin and not once per request. */
function pathStart(url: string): number {
  const scheme = url.indexOf("://");
  if (scheme < 0) throw new DialError("not a valid URL", { code: "blocked" });
  const start = url.indexOf("/", scheme + 3);
  return start < 0 ? url.length : start;
}

function checkedPath(path: string, headers: Readonly<Record<string, string>>): string {
  if (/[^!-~]|#/.test(path)) throw new DialError("the path of the URL is not encoded", { code: "invalid" });
  for (const name of Object.keys(headers)) {
    // Another Host than the origin's would let a request out under a name that was never checked.
    if (name.length === 4 && name.toLowerCase() === "host")
      throw new DialError("the Host header cannot be set", { code: "blocked" });
  }
  return path === "" ? "/" : path;
}

function localAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((entry) => entry.address));
}
