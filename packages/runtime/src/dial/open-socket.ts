import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type SecureContext, type TLSSocket } from "node:tls";
import { connectError, DialError } from "./dial-error.ts";
import { checkAddresses, type EgressPolicy, type Origin } from "./egress-policy.ts";
import { canonicalAddress } from "./public-address.ts";
import { type ResolveName, resolveWithin } from "./resolve-name.ts";

export type OpenSocketDeps = {
  policy: EgressPolicy;
  ownAddresses: ReadonlySet<string>;
  resolve: ResolveName;
  dnsTimeoutMs: number;
  connectTimeoutMs: number;
  /** Whom to trust and what to show; undefined for the usual list and nothing. */
  secureContext: SecureContext | undefined;
};

/** A name with many addresses is tried this often at most: the rest of the time belongs to the next attempt. */
const MAX_CANDIDATES = 3;

/**
 * Makes the function that opens one connection to an origin: resolve, check every answer, connect to a checked address under
 * the origin's name, check the peer. The check and the connect use the same answer, so DNS cannot change in between (V66).
 */
export function createSocketOpener(deps: OpenSocketDeps, origin: Origin): () => Promise<Socket> {
  let pending: Promise<string[]> | null = null;
  let session: Buffer | undefined;

  // Thirty connections opened at once ask for the name once; the answer is not kept any longer than that.
  function addresses(): Promise<string[]> {
    pending ??= checkedAddresses(deps, origin).finally(() => {
      pending = null;
    });
    return pending;
  }

  return async () => {
    const candidates = (await addresses()).slice(0, MAX_CANDIDATES);
    const deadline = performance.now() + deps.connectTimeoutMs;
    for (const [index, address] of candidates.entries()) {
      const timeoutMs = (deadline - performance.now()) / (candidates.length - index);
      try {
        const options = { address, timeoutMs, session, secureContext: deps.secureContext };
        return await openOne(origin, options, (fresh) => {
          session = fresh;
        });
      } catch (error) {
        const isLast = index === candidates.length - 1;
        if (isLast || (error instanceof DialError && error.code === "tls")) throw error;
      }
    }
    throw new DialError("no address could be reached", { code: "refused" });
  };
}

async function checkedAddresses(deps: OpenSocketDeps, origin: Origin): Promise<string[]> {
  const found = origin.literal
    ? [origin.hostname]
    : await resolveWithin(deps.resolve, origin.hostname, deps.dnsTimeoutMs);
  checkAddresses(deps.policy, deps.ownAddresses, origin, found);
  return found;
}

type OpenOptions = {
  address: string;
  timeoutMs: number;
  session: Buffer | undefined;
  secureContext: SecureContext | undefined;
};

function openOne(origin: Origin, options: OpenOptions, onSession: (session: Buffer) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let connected = false;
    const socket = origin.secure ? startTls(origin, options) : connectTcp({ host: options.address, port: origin.port });
    socket.setNoDelay(true).setKeepAlive(true, 60_000);

    const timer = setTimeout(() => {
      const phase = connected ? "the TLS handshake" : "connecting";
      socket.destroy(
        new DialError(`${phase} took longer than ${Math.round(options.timeoutMs)} ms`, { code: "timeout" }),
      );
    }, options.timeoutMs);
    const fail = (error: unknown) => {
      clearTimeout(timer);
      reject(connectError(error, connected));
    };
    const ready = () => {
      clearTimeout(timer);
      socket.off("error", fail);
      if (canonicalAddress(socket.remoteAddress ?? "") !== canonicalAddress(options.address)) {
        socket.on("error", () => {}).destroy();
        reject(new DialError("the peer is not the address that was checked", { code: "blocked" }));
        return;
      }
      resolve(socket);
    };

    socket.once("connect", () => {
      connected = true;
    });
    socket.once("error", fail);
    if (!origin.secure) socket.once("connect", ready);
    // Only a session whose certificate has passed may be kept: a resumed handshake does not look at the name again.
    socket.once("secureConnect", () => {
      socket.on("session", onSession);
      ready();
    });
  });
}

function startTls(origin: Origin, options: OpenOptions): TLSSocket {
  return connectTls({
    host: options.address,
    port: origin.port,
    ...(isIP(origin.hostname) === 0 ? { servername: origin.hostname.replace(/\.$/, "") } : {}),
    ...(options.session ? { session: options.session } : {}),
    ...(options.secureContext === undefined ? {} : { secureContext: options.secureContext }),
    ALPNProtocols: ["http/1.1"],
    minVersion: "TLSv1.2",
    rejectUnauthorized: true,
  });
}
