import type { IncomingMessage } from "node:http";
import { type Address, addressPrefix, isWithin, type Network, readAddress } from "@muster/runtime";

/** Who asks, as far as the connection tells. */
export type Caller = {
  authorization: string | undefined;
  /** Where the request comes from; null when proxies are trusted and what they say is not an address. */
  address(): Address | null;
  /** The network whose failures are counted together, always known. */
  prefix(): string;
};

/**
 * Makes the reader of callers. Without trusted proxies an address is the socket's, whatever headers say (V27). Behind one it
 * is the last in X-Forwarded-For that is no trusted proxy itself, read from the right: what stands further left anybody may
 * have written. A list with junk on the way there names nobody (V26).
 */
export function createCallerReader(trustedProxies: readonly Network[]): (req: IncomingMessage) => Caller {
  return (req) => {
    const address = (): Address | null => {
      const peer = peerOf(req);
      if (peer === null || !isWithin(trustedProxies, peer)) return peer;
      return forwardedFor(req, trustedProxies);
    };
    return {
      authorization: req.headers.authorization,
      address,
      prefix() {
        const counted = address() ?? peerOf(req);
        return counted === null ? "unknown" : addressPrefix(counted);
      },
    };
  };
}

/** The other end of the connection; a zone names our own interface, and is left out. */
function peerOf(req: IncomingMessage): Address | null {
  return readAddress((req.socket.remoteAddress ?? "").replace(/%.*$/, ""));
}

function forwardedFor(req: IncomingMessage, trustedProxies: readonly Network[]): Address | null {
  const header = req.headers["x-forwarded-for"];
  const hops = [header ?? []].flat().join(",").split(",");
  for (const hop of hops.reverse()) {
    const address = readAddress(hop.trim());
    if (address === null || !isWithin(trustedProxies, address)) return address;
  }
  // Proxies all the way: nobody outside of them spoke.
  return null;
}
